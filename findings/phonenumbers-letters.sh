#!/usr/bin/env bash
# phonenumbers 9.0.43: letters beside a number are dropped or dialled, depending on how many there are.
#
# Fewer than three letters anywhere in the text are skipped, so the notation in which a spreadsheet saves a long number
# as CSV loses its exponent, and the digits that stay are a valid number of somebody else: 8.49123457E10 means
# +84912345700, and +84912345710 is returned. From three letters on the text counts as a vanity number: a name in
# brackets becomes keypad digits behind the number.
# Expected: an error, or the number without the rest. Guess that is wrong: parse() plus is_valid_number() is a check.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
8.49123457E10 -> +84912345710 valid
849123457.0 -> +848491234570 not valid
0912345678 (Le) -> +84912345678 valid
0912345678 (Lan) -> +84912345678526 not valid
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import phonenumbers

for text in ("8.49123457E10", "849123457.0", "0912345678 (Le)", "0912345678 (Lan)"):
    number = phonenumbers.parse(text, "VN")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    print(text, "->", e164, "valid" if phonenumbers.is_valid_number(number) else "not valid")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: phonenumbers-letters"
