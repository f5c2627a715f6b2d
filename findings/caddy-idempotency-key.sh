#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): a POST that has an Idempotency-Key goes to the server behind twice, and without it once.
#
# With reverse_proxy and nothing else, no retries are configured, and Caddy's documentation lets only GET be retried once a
# server was reached. Go's HTTP client, on which Caddy rests, takes each request with that header, DELETE and POST alike, for
# one that can be repeated, if it has no body. On a connection that was kept open, a server that has the request and ends
# before it answers gets the same again at once: "call again" is asked for twice, and the client gets one 502. The header
# is written by whoever calls. A body, or a new connection, prevents it; the server behind must know the key.
# Guess that is wrong: a header for the application is passed on, and means nothing to the proxy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download caddy=2.6.2-5 >/dev/null 2>&1 && dpkg-deb --extract caddy_*.deb caddy)
cat >"$folder/Caddyfile" <<'CADDYFILE'
{
	admin off
	auto_https off
}
http://127.0.0.1:8797 {
	reverse_proxy 127.0.0.1:8798
}
CADDYFILE
HOME="$folder" "$folder/caddy/usr/bin/caddy" run --config "$folder/Caddyfile" --adapter caddyfile >"$folder/log" 2>&1 &
caddy=$!
trap 'kill $caddy; wait $caddy || true; rm -rf "$folder"' EXIT
cat >"$folder/expected" <<'EXPECTED'
POST: 502, came 1 time(s)
POST with the key: 502, came 2 time(s)
POST with the key, new connection: 502, came 1 time(s)
POST with the key and a body: 502, came 1 time(s)
DELETE: 502, came 1 time(s)
DELETE with the key: 502, came 2 time(s)
EXPECTED
python3 - >"$folder/seen" <<'PROGRAM'
import http.client
import socket
import threading
import time

came = []


def take(connection):
    """Answer each request with 200, but end at the first one to /lost."""
    with connection, connection.makefile("rb") as stream:
        while line := stream.readline():
            size = 0
            while (header := stream.readline().strip()) != b"":
                if header.lower().startswith(b"content-length:"):
                    size = int(header.split(b":")[1])
            stream.read(size)
            if b"/lost" in line:
                came.append(line)
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def listen(server):
    while True:
        threading.Thread(target=take, args=(server.accept()[0],), daemon=True).start()


def ask(method, path, headers, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", 8797, timeout=10)
    connection.request(method, path, body=body, headers=headers)
    return connection.getresponse().status


threading.Thread(target=listen, args=(socket.create_server(("127.0.0.1", 8798)),), daemon=True).start()
for _ in range(100):
    try:
        socket.create_connection(("127.0.0.1", 8797), timeout=10).close()
        break
    except ConnectionRefusedError:
        time.sleep(0.1)
KEY = {"Idempotency-Key": "order-1053"}
for title, kept, method, headers, body in (
    ("POST", True, "POST", {}, None),
    ("POST with the key", True, "POST", KEY, None),
    ("POST with the key, new connection", False, "POST", KEY, None),
    ("POST with the key and a body", True, "POST", KEY, b"{}"),
    ("DELETE", True, "DELETE", {}, None),
    ("DELETE with the key", True, "DELETE", KEY, None),
):
    if kept:
        ask("GET", "/", {})  # its connection is kept for the next request
    came.clear()
    status = ask(method, "/lost", headers, body)
    print(f"{title}: {status}, came {len(came)} time(s)")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: caddy-idempotency-key"
