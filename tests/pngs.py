"""Pictures of pages made small: a palette of their most frequent colours, as tools that need installing would do."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
Colour = tuple[int, int, int]


def shrink(path: Path) -> None:
    """Write the picture anew with at most MOST colours; every other one becomes the nearest of these."""
    width, rows = read_rows(path.read_bytes())
    counted = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in counted.most_common(MOST)]
    nearest = {colour: min(range(len(palette)), key=lambda n: _apart(palette[n], colour)) for colour in counted}
    body = b"".join(b"\0" + bytes(map(nearest.__getitem__, row)) for row in rows)
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", bytes(part for colour in palette for part in colour)))
    parts += ((b"IDAT", zlib.compress(body, 9)), (b"IEND", b""))
    path.write_bytes(SIGNATURE + b"".join(chunk(*part) for part in parts))


def read_rows(png: bytes) -> tuple[int, list[list[Colour]]]:
    """Its width and its pixels. Only what browsers write: 8 bits of red, green, blue and perhaps alpha, by rows."""
    parts = list(chunks(png))
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[0][1])
    assert (bits, kind in (2, 6), interlaced) == (8, True, 0)
    size = 3 if kind == 2 else 4
    packed = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    above, rows, length = bytearray(width * size), [], width * size + 1
    for at in range(0, height * length, length):
        above = _unfiltered(packed[at], bytearray(packed[at + 1 : at + length]), above, size)
        rows.append(list(zip(above[::size], above[1::size], above[2::size], strict=True)))
    return width, rows


def _unfiltered(how: int, row: bytearray, above: bytearray, size: int) -> bytearray:
    for n in range(len(row)) if how else ():
        left, corner = (row[n - size], above[n - size]) if n >= size else (0, 0)
        guess = (0, left, above[n], (left + above[n]) // 2, paeth(left, above[n], corner))[how]
        row[n] = (row[n] + guess) & 255
    return row


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


def _apart(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
