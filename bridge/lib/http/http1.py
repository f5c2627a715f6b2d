"""HTTP/1.1 on the wire: the bytes of a request, and the answer in what a connection says (RFC 9110, RFC 9112).

The standard library's client reads each head through its e-mail package, which takes most of the processor time of a
small request. Pure: whoever calls sends the bytes, and holds the connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

LINE_BYTES = 65_536
MOST_LINES = 100  # of a head, or of what follows the last chunk

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00\r\n]*")
_TARGET = re.compile(r"[!-~]+")
_STATUS = re.compile(rb"HTTP/1\.([0-9])[ \t]+([1-9][0-9][0-9])(?:[ \t].*)?")
_NO_BODY = frozenset({204, 304})


class BadAnswer(Exception):
    """No whole answer of HTTP came. `reason`: bad_http, cut_short, or too_large for whoever asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class Answer:
    """A whole HTTP answer. Header names are in lower case; the body is as sent, no encoding undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def write_request(method: str, host: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The bytes of this request. ValueError: one of its parts cannot stand in a request."""
    named = {"Host": host, **headers}
    if body is not None or method in ("POST", "PUT", "PATCH"):
        named["Content-Length"] = str(len(body or b""))
    if not (_TOKEN.fullmatch(method) and _TARGET.fullmatch(target)):
        raise ValueError("no method or target of a request")
    for name, value in named.items():
        if not (_TOKEN.fullmatch(name) and _VALUE.fullmatch(value)):
            raise ValueError("no header of a request")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items()), "\r\n"]
    return "\r\n".join(lines).encode("latin-1") + (body or b"")


def read_answer(lines: BinaryIO, limit_bytes: int) -> tuple[Answer, bool]:
    """The answer to a request that was no HEAD, and whether the connection may take another one.

    Errors   BadAnswer; ConnectionResetError: nothing came
    """
    status, minor = 100, 1
    while 100 <= status < 200:  # what comes before the answer
        status, minor = _read_status(lines)
        headers = _read_headers(lines)
    words = {word.strip() for word in headers.get("connection", "").lower().split(",")}
    stays = "close" not in words and (minor > 0 or "keep-alive" in words)
    if status in _NO_BODY:
        return Answer(status, headers, b""), stays
    if headers.get("transfer-encoding", "").lower().endswith("chunked"):
        return Answer(status, headers, _read_chunks(lines, limit_bytes)), stays
    length = _length(headers)
    body = _read_exactly(lines, length, limit_bytes) if length is not None else _read_rest(lines, limit_bytes)
    return Answer(status, headers, body), stays and length is not None


def _read_line(lines: BinaryIO) -> bytes:
    line = lines.readline(LINE_BYTES + 1)
    if len(line) > LINE_BYTES:
        raise BadAnswer("bad_http")
    return line


def _read_status(lines: BinaryIO) -> tuple[int, int]:
    """Status, and the minor version of the other end's HTTP."""
    line = _read_line(lines)
    if not line:
        raise ConnectionResetError
    found = _STATUS.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        raise BadAnswer("bad_http")
    return int(found[2]), int(found[1])


def _read_headers(lines: BinaryIO) -> dict[str, str]:
    """By their names in lower case; those of one name joined by commas, and a line that goes on with its first."""
    found: dict[str, str] = {}
    name = ""
    for _ in range(MOST_LINES + 1):
        line = _read_line(lines).decode("latin-1")
        if not line:
            raise BadAnswer("cut_short")
        if not line.strip("\r\n"):
            return found
        before, colon, value = line.partition(":")
        if line[0] in " \t" and name:
            found[name] = f"{found[name]} {line.strip()}".strip()
        elif colon:
            name = before.strip().lower()
            found[name] = f"{found[name]}, {value.strip()}" if name in found else value.strip()
    raise BadAnswer("bad_http")


def _length(headers: Mapping[str, str]) -> int | None:
    """Of the body; None: it lasts until the connection ends."""
    told = {word.strip() for word in headers.get("content-length", "").split(",")}
    if len(told) > 1:
        raise BadAnswer("bad_http")
    (word,) = told
    return int(word) if word.isascii() and word.isdecimal() else None


def _read_exactly(lines: BinaryIO, length: int, limit_bytes: int) -> bytes:
    if length > limit_bytes:
        raise BadAnswer("too_large")
    body = lines.read(length)
    if len(body) < length:
        raise BadAnswer("cut_short")
    return body


def _read_rest(lines: BinaryIO, limit_bytes: int) -> bytes:
    body = lines.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise BadAnswer("too_large")
    return body


def _read_chunks(lines: BinaryIO, limit_bytes: int) -> bytes:
    body = b""
    while size := _read_size(lines):
        body += _read_exactly(lines, size, limit_bytes - len(body))
        if _read_line(lines).strip(b"\r\n"):
            raise BadAnswer("cut_short")
    for _ in range(MOST_LINES + 1):
        if not _read_line(lines).strip(b"\r\n"):
            return body
    raise BadAnswer("bad_http")


def _read_size(lines: BinaryIO) -> int:
    """Of the next chunk."""
    word = _read_line(lines).partition(b";")[0].strip()
    if not re.fullmatch(b"[0-9A-Fa-f]{1,16}", word):
        raise BadAnswer("cut_short")
    return int(word, 16)
