#!/usr/bin/env bash
# python-liquid 2.3.6: an amount in text becomes 0, or compares by its letters, without an error.
#
# plus and its like read "350000.00" as a number and any grouped amount, "1.250.000" or "1,250,000", as 0. Of a number
# and a text, < and > raise LiquidTypeError while >= and <= are quietly false, and two texts are compared letter by letter:
# "99000" >= "100000" holds. A rule that asks for an amount of a hundred thousand then calls everybody, or nobody.
# Guess that is wrong: what cannot be read as a number is an error, as in Ruby's Liquid, and < and >= agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-liquid==2.3.6 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
{{ '350000.00' | plus: 0 }} -> 350000.0
{{ '1.250.000' | plus: 0 }} -> 0
{{ '1,250,000' | plus: 0 }} -> 0
{% if 350000 >= '100000' %}yes{% else %}no{% endif %} -> no
{% if 350000 <= '100000' %}yes{% else %}no{% endif %} -> no
{% if 350000 > '100000' %}yes{% else %}no{% endif %} -> LiquidTypeError
{% if '99000' >= '100000' %}yes{% else %}no{% endif %} -> yes
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from liquid import Environment
from liquid.exceptions import LiquidTypeError

environment = Environment()
for template in (
    "{{ '350000.00' | plus: 0 }}",
    "{{ '1.250.000' | plus: 0 }}",
    "{{ '1,250,000' | plus: 0 }}",
    "{% if 350000 >= '100000' %}yes{% else %}no{% endif %}",
    "{% if 350000 <= '100000' %}yes{% else %}no{% endif %}",
    "{% if 350000 > '100000' %}yes{% else %}no{% endif %}",
    "{% if '99000' >= '100000' %}yes{% else %}no{% endif %}",
):
    try:
        print(template, "->", environment.from_string(template).render())
    except LiquidTypeError:
        print(template, "-> LiquidTypeError")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: python-liquid-amounts"
