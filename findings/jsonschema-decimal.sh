#!/usr/bin/env bash
# jsonschema 4.26.0: the same JSON document is valid or not, or cannot be judged, depending on json.loads(parse_float=Decimal).
#
# "integer" takes the float 2.0 (JSON Schema: a number without a fraction) and refuses Decimal("2.0"); "multipleOf" with a
# fraction raises TypeError for any Decimal, so iter_errors ends with a foreign exception instead of a ValidationError.
# Who parses amounts exactly meets both at the first quantity that a shop writes as 2.0.
# Guess that is wrong: Decimal counts as "number", so the other keywords know it too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
{"type": "number"} -> float: valid | Decimal: valid
{"type": "integer"} -> float: valid | Decimal: not valid
{"multipleOf": 0.01} -> float: valid | Decimal: TypeError
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import json
from decimal import Decimal

from jsonschema import Draft202012Validator

for schema in ({"type": "number"}, {"type": "integer"}, {"multipleOf": 0.01}):
    said = []
    for parse in (float, Decimal):
        document = json.loads("2.0", parse_float=parse)
        try:
            said.append("valid" if Draft202012Validator(schema).is_valid(document) else "not valid")
        except TypeError:
            said.append("TypeError")
    print(json.dumps(schema), "-> float:", said[0], "| Decimal:", said[1])
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: jsonschema-decimal"
