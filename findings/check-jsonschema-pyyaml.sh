#!/usr/bin/env bash
# check-jsonschema 0.39.0 against PyYAML 6.0.3: a YAML file that fits its schema is read as something that does not.
#
# Both are what Python projects take, one in CI and the other in the program, and one would expect the check to see the
# document that the program gets. check-jsonschema reads YAML 1.2, by ruamel.yaml, and PyYAML 1.1: unquoted opening hours
# are text for the one and minutes for the other, and the answer "no" is false. The other way round a phone number without
# quotes, which PyYAML keeps, is refused as a number. A first line %YAML 1.1 makes the two agree; or check what safe_load
# returned, with the same schema, in a test.
# Guess that is wrong: a file that CI finds valid is valid when the program starts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    check-jsonschema==0.39.0 jsonschema==4.26.0 ruamel.yaml==0.19.1 pyyaml==6.0.3 2>/dev/null
cat >"$folder/schema.json" <<'SCHEMA'
{"properties": {
  "from": {"type": "string"}, "to": {"type": "string"}, "answer": {"type": "string"}, "phone": {"type": "string"}
}}
SCHEMA
printf 'from: 8:00\nto: 20:00\nanswer: no\n' >"$folder/hours.yaml"
printf '%%YAML 1.1\n---\nfrom: 8:00\nto: 20:00\nanswer: no\n' >"$folder/hours-1.1.yaml"
printf 'phone: 0912345678\n' >"$folder/phone.yaml"
cat >"$folder/expected" <<'EXPECTED'
hours.yaml: check-jsonschema fits
  what PyYAML reads: {'from': 480, 'to': 1200, 'answer': False}, 3 error(s)
  what ruamel.yaml reads: {'from': '8:00', 'to': '20:00', 'answer': 'no'}, 0 error(s)
hours-1.1.yaml: check-jsonschema does not fit
  what PyYAML reads: {'from': 480, 'to': 1200, 'answer': False}, 3 error(s)
  what ruamel.yaml reads: {'from': 480, 'to': 1200, 'answer': False}, 3 error(s)
phone.yaml: check-jsonschema does not fit
  what PyYAML reads: {'phone': '0912345678'}, 0 error(s)
  what ruamel.yaml reads: {'phone': 912345678}, 1 error(s)
EXPECTED
cat >"$folder/program.py" <<'PROGRAM'
import json
import subprocess
import sys
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

folder = Path(sys.argv[1])
schema = folder / "schema.json"
validator = Draft202012Validator(json.loads(schema.read_text()))


def show(reader, document):
    errors = list(validator.iter_errors(document))
    print(f"  what {reader} reads: {dict(document)}, {len(errors)} error(s)")


for name in ("hours.yaml", "hours-1.1.yaml", "phone.yaml"):
    file = folder / name
    done = subprocess.run([folder / "venv/bin/check-jsonschema", "--schemafile", schema, file], capture_output=True)
    print(f"{name}: check-jsonschema {'fits' if done.returncode == 0 else 'does not fit'}")
    show("PyYAML", yaml.safe_load(file.read_text()))
    show("ruamel.yaml", YAML(typ="safe", pure=True).load(file.read_text()))
PROGRAM
"$folder/venv/bin/python" "$folder/program.py" "$folder" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: check-jsonschema-pyyaml"
