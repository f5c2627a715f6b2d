#!/usr/bin/env bash
# Python 3.11, urllib.request: a list that the network cuts in the middle ends like a whole one when it is read by lines.
#
# Of a body that is shorter than its Content-Length, or whose chunks break off, read() raises IncompleteRead, and one would
# expect it of each way to read, as with requests, httpx and aiohttp. `for line in response`, the usual one for a long export of
# one JSON document a line, ends as at the end of a file; so does read(n) below a Content-Length. The last line is half
# a document, or, cut between two lines, nothing at all is amiss. Orders that a shop's export held are then taken for
# orders that it does not have. Count the bytes, or have the export end with a line that says how many it held.
# Guess that is wrong: what is known to be incomplete is said so whichever way it is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check requests==2.34.2 httpx==0.28.1 aiohttp==3.14.5 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
Python 3.11
Content-Length: read() IncompleteRead, lines 2 of 4, read(1000) 32 of 64 bytes
chunks: read() IncompleteRead, lines 2 of 4, read(1000) IncompleteRead
requests, Content-Length: ChunkedEncodingError, chunks: ChunkedEncodingError
httpx, Content-Length: RemoteProtocolError, chunks: RemoteProtocolError
aiohttp, Content-Length: ClientPayloadError, chunks: ClientPayloadError
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import asyncio
import http.client
import socket
import sys
import threading
from urllib.request import urlopen

import aiohttp
import httpx
import requests

LINES = b"".join(b'{"order": %d}\n' % number for number in (1051, 1052, 1053, 1054))
HALF = LINES[: len(LINES) // 2]  # between two lines
HEADS = {
    "Content-Length": b"Content-Length: %d\r\n\r\n" % len(LINES) + HALF,
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HALF) + HALF + b"\r\n",
}


def answer(server, rest):
    while True:
        connection = server.accept()[0]
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + rest)
        connection.close()


def serve(rest):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(server, rest), daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


def say(read, *arguments):
    try:
        return read(*arguments)
    except (http.client.HTTPException, requests.RequestException, httpx.HTTPError, aiohttp.ClientError) as error:
        return type(error).__name__


def count_lines(url):
    return f"{sum(1 for line in urlopen(url))} of {LINES.count(b'{')}"


def count_bytes(url):
    return f"{len(urlopen(url).read(1000))} of {len(LINES)} bytes"


def with_requests(url):
    return list(requests.get(url, stream=True).iter_lines())


def with_httpx(url):
    with httpx.stream("GET", url) as response:
        return list(response.iter_lines())


async def ask_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return [line async for line in response.content]


def with_aiohttp(url):
    return asyncio.run(ask_aiohttp(url))


print(f"Python {sys.version_info.major}.{sys.version_info.minor}")
urls = {title: serve(rest) for title, rest in HEADS.items()}
for title, url in urls.items():
    whole = say(lambda: urlopen(url).read())
    print(f"{title}: read() {whole}, lines {say(count_lines, url)}, read(1000) {say(count_bytes, url)}")
for name, read in (("requests", with_requests), ("httpx", with_httpx), ("aiohttp", with_aiohttp)):
    print(f"{name},", ", ".join(f"{title}: {say(read, url)}" for title, url in urls.items()))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: urllib-cut-lines"
