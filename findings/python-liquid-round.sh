#!/usr/bin/env bash
# python-liquid 2.3.6: round goes to the even neighbour, not away from zero as in the Liquid that shops know.
#
# Half a dong up or down: 2.5 is 2 and 350000.5 is 350000, while 3.5 is 4. Shopify's Liquid rounds with Ruby, where 2.5 is 3.
# Guess that is wrong: a port of Liquid rounds as Liquid does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-liquid==2.3.6 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
2.5 -> 2
3.5 -> 4
350000.5 -> 350000
-2.5 -> -2
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from liquid import Environment

environment = Environment()
for number in ("2.5", "3.5", "350000.5", "-2.5"):
    print(number, "->", environment.from_string(f"{{{{ {number} | round }}}}").render())
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: python-liquid-round"
