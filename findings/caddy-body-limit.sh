#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12): request_body max_size before reverse_proxy answers 413 to a body in chunks, and 502 to one with Content-Length.
#
# The head is passed to the server behind with its full Content-Length, then the body breaks off at the limit. To whoever
# sends, 502 means that the server is down: a shop sends the same order again for hours and may switch its webhook off.
# Have the server behind refuse by Content-Length, and no request_body in front of it.
# Guess that is wrong: a body that is declared too large is refused with 413 before the server behind is asked.
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
	request_body {
		max_size 1000
	}
	reverse_proxy 127.0.0.1:8798
}
CADDYFILE
cat >"$folder/behind.py" <<'BEHIND'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Behind(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.headers.get("Transfer-Encoding"):
            while (size := int(self.rfile.readline() or b"0", 16)) > 0:
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


ThreadingHTTPServer(("127.0.0.1", 8798), Behind).serve_forever()
BEHIND
python3 "$folder/behind.py" &
behind=$!
HOME="$folder" "$folder/caddy/usr/bin/caddy" run --config "$folder/Caddyfile" --adapter caddyfile >"$folder/log" 2>&1 &
caddy=$!
trap 'kill $behind $caddy; wait $behind $caddy || true; rm -rf "$folder"' EXIT
cat >"$folder/expected" <<'EXPECTED'
900 bytes, Content-Length: 200
900 bytes, in chunks: 200
1500 bytes, Content-Length: 502
1500 bytes, in chunks: 413
EXPECTED
python3 - >"$folder/seen" <<'PROGRAM'
import http.client
import socket
import time

for port in (8798, 8797):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)


def post(size, chunked):
    connection = http.client.HTTPConnection("127.0.0.1", 8797, timeout=10)
    headers = {"Transfer-Encoding": "chunked"} if chunked else {}
    connection.request("POST", "/", body=iter([b"x" * size]) if chunked else b"x" * size, headers=headers, encode_chunked=chunked)
    return connection.getresponse().status


for size in (900, 1500):
    for chunked in (False, True):
        print(f"{size} bytes, {'in chunks' if chunked else 'Content-Length'}:", post(size, chunked))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: caddy-body-limit"
