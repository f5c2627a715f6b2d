#!/usr/bin/env bash
# PyYAML 6.0.3: of an unquoted opening time and closing time one is text and the other an integer.
#
# YAML 1.1 reads colons as base 60, but PyYAML's pattern wants a first digit from 1 to 9: 08:00 and 09:30 stay text, 20:00
# is 1200 and 7:30 is 450. So a window that is written alike on both sides holds two types, and a test that only looks at
# the morning passes.
# Guess that is wrong: either both are text or both are numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyyaml==6.0.3 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
08:00 -> '08:00'
09:30 -> '09:30'
7:30 -> 450
20:00 -> 1200
24:00 -> 1440
20:60 -> '20:60'
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import yaml

for text in ("08:00", "09:30", "7:30", "20:00", "24:00", "20:60"):
    print(text, "->", repr(yaml.safe_load(text)))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: pyyaml-opening-hours"
