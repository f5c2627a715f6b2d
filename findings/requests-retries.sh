#!/usr/bin/env bash
# requests 2.34.2 with urllib3 2.8.0: max_retries=3 sends a PUT four times, although the server answered each of them.
#
# The documentation says that it applies to failed DNS lookups, connections and their timeouts, "never to requests where data
# has made it to the server". An answer 413, 429 or 503 with Retry-After is retried all the same, without status_forcelist, for
# PUT and DELETE as for GET; POST is left alone. urllib3's Retry(connect=3), which reads as "connections only", sends eleven,
# and the caller waits as long as the server asks for, each time. So an order is written back to a shop again and again by a
# client that was told to repeat connections. Retry(3, status=0, respect_retry_after_header=False) keeps to the promise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check requests==2.34.2 urllib3==2.8.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
max_retries=3: PUT, 503 without Retry-After -> requests that arrived: 1
max_retries=3: PUT, 503 with Retry-After -> requests that arrived: 4
max_retries=3: DELETE, 429 with Retry-After -> requests that arrived: 4
max_retries=3: GET, 413 with Retry-After -> requests that arrived: 4
max_retries=3: POST, 503 with Retry-After -> requests that arrived: 1
Retry(connect=3): PUT, 503 with Retry-After -> requests that arrived: 11
Retry(3, status=0, respect_retry_after_header=False): PUT, 503 with Retry-After -> requests that arrived: 1
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

arrived = []


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        arrived.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        _, status, wait = self.path.split("/")
        self.send_response(int(status))
        if wait:
            self.send_header("Retry-After", wait)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_DELETE = do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=shop.serve_forever, daemon=True).start()
kept = "Retry(3, status=0, respect_retry_after_header=False)"
for title, retries, method, status, wait in (
    ("max_retries=3", 3, "PUT", 503, ""),
    ("max_retries=3", 3, "PUT", 503, "0"),
    ("max_retries=3", 3, "DELETE", 429, "0"),
    ("max_retries=3", 3, "GET", 413, "0"),
    ("max_retries=3", 3, "POST", 503, "0"),
    ("Retry(connect=3)", Retry(connect=3), "PUT", 503, "0"),
    (kept, Retry(3, status=0, respect_retry_after_header=False), "PUT", 503, "0"),
):
    arrived.clear()
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", HTTPAdapter(max_retries=retries))
        session.request(method, f"http://127.0.0.1:{shop.server_port}/{status}/{wait}", json={"tags": "confirmed"}, timeout=10)
    said = f"{title}: {method}, {status} {'with' if wait else 'without'} Retry-After"
    print(said, "-> requests that arrived:", len(arrived))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: requests-retries"
