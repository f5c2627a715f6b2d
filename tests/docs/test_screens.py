"""The pictures that the documentation shows: small, and each there in both languages."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from tests.pngs import SIGNATURE, chunk, chunks, paeth, read_rows, shrink
from tests.screens import DOCS, IN_DOCS

LARGEST = 70_000  # bytes of one picture


@pytest.mark.parametrize("kind", [2, 6])
def test_a_picture_of_few_colours_keeps_every_pixel(tmp_path: Path, kind: int) -> None:
    rows = [[(n * 7 % 16 * 16, row * 40, 255 - n) for n in range(12)] for row in range(6)]
    path = tmp_path / "page.png"
    path.write_bytes(written(rows, kind))
    assert read_rows(path.read_bytes()) == (12, rows)
    shrink(path)
    parts = dict(chunks(path.read_bytes()))
    palette = [tuple(parts[b"PLTE"][n : n + 3]) for n in range(0, len(parts[b"PLTE"]), 3)]
    body = zlib.decompress(parts[b"IDAT"])
    shown = [[palette[n] for n in body[at + 1 : at + 13]] for at in range(0, len(body), 13)]
    assert shown == rows


def test_the_documentations_pictures_of_pages_are_small_and_there_in_both_languages() -> None:
    one = {name for name in IN_DOCS if name[-3:] in ("-vi", "-en")}
    wanted = one | {f"{name}-{language}" for name in {*IN_DOCS} - one for language in ("vi", "en")}
    found = {path.stem: path.stat().st_size for path in DOCS.glob("*-??.png")}
    assert {*found} == wanted
    assert {name: size for name, size in found.items() if size > LARGEST} == {}


def written(rows: list[list[tuple[int, int, int]]], kind: int) -> bytes:
    """The picture as browsers write it, each row filtered in another way."""
    size, packed = (3, b"") if kind == 2 else (4, b"")
    above = bytes(len(rows[0]) * size)
    for number, row in enumerate(rows):
        plain = b"".join(bytes(colour) + b"\xff" * (size - 3) for colour in row)
        how = number % 5
        packed += bytes([how])
        for n, part in enumerate(plain):
            left, corner = (plain[n - size], above[n - size]) if n >= size else (0, 0)
            guess = (0, left, above[n], (left + above[n]) // 2, paeth(left, above[n], corner))[how]
            packed += bytes([(part - guess) & 255])
        above = plain
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, kind, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(packed)), (b"IEND", b""))
    return SIGNATURE + b"".join(chunk(*part) for part in parts)
