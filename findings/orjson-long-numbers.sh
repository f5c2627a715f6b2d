#!/usr/bin/env bash
# orjson 3.13.0: an order number of 20 digits is read as a float, and another order gets the same number.
#
# The library calls itself correct, refuses to write an integer of more than 64 bits with an error, and one would expect the
# same, or the integer, when it reads one: json of the standard library, simplejson and msgspec keep each digit. From
# 18446744073709551616 on it is a float, without an error and by its size alone, so that tests with shorter numbers pass.
# Carriers and banks give references of 20 digits and more; two of them become equal, the second order is taken for a
# delivery of the first one and never called, and written back it is 2.026e+19. Take json for such bodies.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check orjson==3.13.0 msgspec==0.23.0 simplejson==4.3.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
json -> 10260000000000001001, 20260000000000001001, 20260000000000001002 | the last two are equal: False
simplejson -> 10260000000000001001, 20260000000000001001, 20260000000000001002 | the last two are equal: False
msgspec -> 10260000000000001001, 20260000000000001001, 20260000000000001002 | the last two are equal: False
orjson -> 10260000000000001001, 2.026e+19, 2.026e+19 | the last two are equal: True
orjson, written back -> {"id":2.026e+19}
orjson, the integer -> Integer exceeds 64-bit range
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import json

import msgspec
import orjson
import simplejson

READERS = {"json": json.loads, "simplejson": simplejson.loads, "msgspec": msgspec.json.decode, "orjson": orjson.loads}
BODIES = ('{"id": 10260000000000001001}', '{"id": 20260000000000001001}', '{"id": 20260000000000001002}')

for name, read in READERS.items():
    first, *long = (read(body)["id"] for body in BODIES)
    print(f"{name} -> {first!r}, {long[0]!r}, {long[1]!r} | the last two are equal: {long[0] == long[1]}")
print("orjson, written back ->", orjson.dumps(orjson.loads(BODIES[1])).decode())
try:
    orjson.dumps(json.loads(BODIES[1]))
except TypeError as error:
    print("orjson, the integer ->", error)
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: orjson-long-numbers"
