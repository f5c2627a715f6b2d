#!/usr/bin/env bash
# Babel 2.18.0, locale vi: parse_decimal makes a hundred times the amount of a price with a decimal point, without an error.
#
# In Vietnamese the point groups thousands, and parse_decimal drops it wherever it stands: "350000.00", as shop APIs write
# an amount, is 35,000,000, and "1.5" is 15. strict=True refuses these, but the first correction that its error proposes is
# the same wrong number.
# Guess that is wrong: a group separator in a place where no group can end is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Babel==2.18.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
1.250.000 -> 1250000 | strict: 1250000
350000.00 -> 35000000 | strict: '35.000.000'? Or maybe '350.000'?
19.99 -> 1999 | strict: '1.999'? Or maybe '19,99'?
1.5 -> 15 | strict: '15'? Or maybe '1,5'?
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from babel.numbers import NumberFormatError, parse_decimal

for text in ("1.250.000", "350000.00", "19.99", "1.5"):
    try:
        strict = parse_decimal(text, locale="vi", strict=True)
    except NumberFormatError as error:
        strict = str(error).partition("Did you mean ")[2]
    print(text, "->", parse_decimal(text, locale="vi"), "| strict:", strict)
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: babel-vietnamese-amounts"
