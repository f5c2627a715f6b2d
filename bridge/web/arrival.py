"""The bytes of one HTTP/1.1 request while they arrive, until a thread can answer it without waiting for more.

Only where a request ends is found here (RFC 9112, sections 2.2, 6 and 7.1). gunicorn's parser, which sees nothing but
these bytes, judges them; what can be no request is handed to it at once, to be refused. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_HEAD = 131_072  # bytes of the request line and the headers
MAX_CHUNK_LINE = 8_190  # bytes of a chunk's size, and of the trailers
MAX_FRAMES = 4  # times the largest body: what chunks may take with their sizes
SPARE = 65_536  # bytes that are kept beyond the largest body, so that whoever reads it finds it too large

_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNKED = re.compile(rb"^transfer-encoding:[^\r\n]*chunked[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")


class Arrival:
    """One request as far as it has come.

    takes_body  (method, target) -> whether a body is wanted there: of another request it is not read
    is_whole    nothing more is needed to answer it
    is_last     what follows on the connection cannot be read as a request
    wants_word  its sender waits for "100 Continue" before it sends the body
    """

    def __init__(self, max_body: int, takes_body: Callable[[str, str], bool], begun: bytes = b"") -> None:
        self._max_body = max_body
        self._takes_body = takes_body
        self._bytes = bytearray()
        self._head_end = 0
        self._at = 0  # up to where its frame is understood
        self._end = 0
        self._length: int | None = None  # of the body; None: it comes in chunks
        self._chunk_left = 0
        self._body = 0
        self._in_trailers = False
        self.target = ""
        self.is_whole = self.is_last = self.wants_word = False
        self.feed(begun)

    def __len__(self) -> int:
        """The bytes that have come."""
        return len(self._bytes)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        self._bytes += data
        if not self._head_end:
            self._find_head(max(0, len(self._bytes) - len(data) - 3))
        if not self._head_end or self.is_whole:
            return
        if self._length is not None:
            if len(self._bytes) >= self._head_end + self._length:
                self._finish(self._head_end + self._length)
            return
        while not self.is_whole and (self._pass_chunk() if self._chunk_left else self._begin_chunk()):
            pass

    def cut(self) -> None:
        """Nothing more comes, or is waited for: it is answered as it is, and the connection ends."""
        self._finish(len(self._bytes), is_last=True)

    def take(self) -> bytes:
        """The request, for the parser."""
        return bytes(self._bytes[: self._end])

    def rest(self) -> bytes:
        """What came behind the request: the beginning of the next."""
        return bytes(self._bytes[self._end :])

    def _finish(self, end: int, *, is_last: bool = False) -> None:
        self._end, self.is_whole, self.is_last = end, True, is_last

    def _find_head(self, searched: int) -> None:
        # One empty line may stand before a request; it is no end of a head.
        found = self._bytes.find(b"\r\n\r\n", max(searched, 1 if self._bytes[:2] == b"\r\n" else 0))
        if found < 0:
            if len(self._bytes) > MAX_HEAD:
                self.cut()
            return
        self._head_end = self._at = found + 4
        line, _, headers = bytes(self._bytes[:found]).lstrip(b"\r\n").partition(b"\r\n")
        method, _, target = line.decode("latin-1").partition(" ")
        self.target = target.partition(" ")[0]
        length = _LENGTH.search(headers)
        is_chunked = _CHUNKED.search(headers) is not None
        self._length = None if is_chunked else int(length[1]) if length else 0
        if self._length is not None and len(self._bytes) >= self._head_end + self._length:
            self._finish(self._head_end + self._length)
        elif (self._length or 0) > self._max_body or not self._takes_body(method, self.target):
            self._finish(self._head_end, is_last=True)
        else:
            expects = line.endswith(b"HTTP/1.1") and _EXPECTS.search(headers) is not None
            self.wants_word = expects and len(self._bytes) == self._head_end

    def _begin_chunk(self) -> bool:
        """Whether another chunk begins here."""
        if self._in_trailers:
            return self._read_trailers()
        line = _CHUNK_LINE.match(self._bytes, self._at)
        if line is None:
            if b"\r\n" in self._bytes[self._at : self._at + MAX_CHUNK_LINE] or len(self) - self._at > MAX_CHUNK_LINE:
                self.cut()
            return False
        self._at, size = line.end(), int(line[1], 16)
        self._in_trailers = size == 0
        self._chunk_left = size + 2 if size else 0  # with the line break behind it
        return True

    def _pass_chunk(self) -> bool:
        """Whether all of this chunk is there."""
        step = min(self._chunk_left, len(self._bytes) - self._at)
        self._at += step
        self._body += step
        self._chunk_left -= step
        too_large = self._body > self._max_body + SPARE or self._at - self._head_end > MAX_FRAMES * self._max_body
        if too_large:
            self.cut()
        return not self._chunk_left

    def _read_trailers(self) -> bool:
        # The line break of the last size may be the first half of the empty line that ends the trailers.
        end = self._bytes.find(b"\r\n\r\n", self._at - 2)
        if end >= 0:
            self._finish(end + 4)
        elif len(self._bytes) - self._at > MAX_CHUNK_LINE:
            self.cut()
        return False
