"""A captured request in a file, as raw HTTP."""

from __future__ import annotations

import re
from dataclasses import replace

from bridge.cli.shared.language import failure
from bridge.core.model import Request
from bridge.lib.compression import BodyCut, BodyTooLarge, unpack


def read_http(text: bytes) -> Request | None:
    """The request that a file of raw HTTP holds, with LF or CRLF line ends; None if it begins with no request line."""
    head, mark, body = text.partition(b"\r\n\r\n")
    if not mark or b"\n\n" in head:
        head, mark, body = text.partition(b"\n\n")
    lines = head.replace(b"\r\n", b"\n").decode("latin-1").split("\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/"):
        return None
    headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:]))
    path, _, query = words[1].partition("?")
    request = Request(words[0], path, query, headers, body)
    length = request.header("Content-Length") or ""
    # An editor may have added a last newline that the shop never sent.
    exact = body[: int(length)] if re.fullmatch("[0-9]{1,12}", length) else body
    try:
        return unpack(replace(request, body=exact))
    except (BodyCut, BodyTooLarge):
        raise failure(
            "nội dung không phải gzip nguyên vẹn và không quá 1 MB", "the body is no whole gzip of at most 1 MB"
        ) from None
