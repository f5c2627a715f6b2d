#!/usr/bin/env bash
# ShopifyAPI 12.7.0 (Python) with pyactiveresource 2.2.2: save() after a new tag writes the whole order back as it was read.
#
# It is modelled on Rails' Active Record, whose save sends what has changed, and one would expect the id and the tags. The PUT
# holds every attribute, to the lines and the shipping address. What the shop's staff or the customer changed in between, a
# corrected phone number or a note, is put back without an error by a program that only marks orders as confirmed, and the
# next call or the parcel goes to the old one. Its documentation does not say what is sent. A new object with the id and the
# attribute alone sends just these.
# Guess that is wrong: two programs that change different attributes of an order do not meet.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ShopifyAPI==12.7.0 pyactiveresource==2.2.2 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
find, another tag, save -> sent: id, note, phone, shipping_address, tags
find, another tag, save -> phone: 0912345678 | note: None | tags: cod, confirmed
a new object with the id -> sent: id, tags
a new object with the id -> phone: 0987654321 | note: call the neighbour | tags: cod, confirmed
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import shopify

BEFORE = {
    "id": 1,
    "note": None,
    "phone": "0912345678",
    "shipping_address": {"address1": "12 Le Loi", "phone": "0912345678"},
    "tags": "cod",
}
order, sent = {}, []


class Shop(BaseHTTPRequestHandler):
    """Keeps of an order what it is sent, and answers with the order."""

    def do_GET(self):
        body = json.dumps({"order": order}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        changes = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["order"]
        sent.append(", ".join(sorted(changes)))
        order.update(changes)
        self.do_GET()

    def log_message(self, *_):
        pass


def find():
    found = shopify.Order.find(1)
    found.tags = "cod, confirmed"
    return found


def new():
    return shopify.Order({"id": 1, "tags": "cod, confirmed"})


shop = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
threading.Thread(target=shop.serve_forever, daemon=True).start()
shopify.ShopifyResource.set_site(f"http://127.0.0.1:{shop.server_port}")
for title, make in (("find, another tag, save", find), ("a new object with the id", new)):
    order.update(BEFORE)
    ours = make()
    order.update(phone="0987654321", note="call the neighbour")  # by the shop's staff
    assert ours.save()
    print(title, "-> sent:", sent.pop())
    print(f"{title} -> phone: {order['phone']} | note: {order['note']} | tags: {order['tags']}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: shopifyapi-save"
