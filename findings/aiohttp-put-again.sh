#!/usr/bin/env bash
# aiohttp 3.14.5: a PUT or DELETE that the server has read, and not answered, is sent once more without a word.
#
# No retry is configured, and one would expect ServerDisconnectedError, as for POST, and as requests and httpx raise for each
# method. aiohttp begins once more with each method that HTTP calls idempotent, on a fresh connection as on one that was
# kept open; the answer is 200, and nothing in it tells that the server had the request twice. Its reference of the client
# does not speak of it, and it has no switch but a private one, which its own TestClient sets, so that a test sees one. An
# order that is written back so sets off two hooks in the shop, and who counts requests against a quota counts one.
# Guess that is wrong: a client without a retry sends one request for each call.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5 requests==2.34.2 httpx==0.28.1 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
aiohttp PUT: 200, came 2 time(s)
aiohttp DELETE: 200, came 2 time(s)
aiohttp POST: ServerDisconnectedError, came 1 time(s)
aiohttp PUT, new connection: 200, came 2 time(s)
requests PUT: ConnectionError, came 1 time(s)
httpx PUT: RemoteProtocolError, came 1 time(s)
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import asyncio
import socket
import threading

import aiohttp
import httpx
import requests

came = []


def take(connection):
    """Answer what comes, but end where the first PUT, DELETE or POST of a test has been read."""
    with connection, connection.makefile("rb") as stream:
        while line := stream.readline():
            size = 0
            while (header := stream.readline().strip()) != b"":
                if header.lower().startswith(b"content-length:"):
                    size = int(header.split(b":")[1])
            stream.read(size)
            if not line.startswith(b"GET"):
                came.append(line)
                if len(came) == 1:
                    return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def listen(server):
    while True:
        threading.Thread(target=take, args=(server.accept()[0],), daemon=True).start()


def say(title, status):
    print(f"{title}: {status}, came {len(came)} time(s)")
    came.clear()


async def ask(method, kept):
    async with aiohttp.ClientSession() as session:
        if kept:
            async with session.get(URL):
                pass
        try:
            async with session.request(method, URL, json={"tags": "confirmed"}) as answer:
                return answer.status
        except aiohttp.ClientError as error:
            return type(error).__name__


def ask_with(client, method):
    client.get(URL)
    try:
        return client.request(method, URL, json={"tags": "confirmed"}).status_code
    except (requests.RequestException, httpx.HTTPError) as error:
        return type(error).__name__


server = socket.create_server(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{server.getsockname()[1]}/orders/1053"
threading.Thread(target=listen, args=(server,), daemon=True).start()
for method in ("PUT", "DELETE", "POST"):
    say(f"aiohttp {method}", asyncio.run(ask(method, True)))
say("aiohttp PUT, new connection", asyncio.run(ask("PUT", False)))
say("requests PUT", ask_with(requests.Session(), "PUT"))
say("httpx PUT", ask_with(httpx.Client(), "PUT"))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: aiohttp-put-again"
