#!/usr/bin/env bash
# phonenumbers 9.0.43: in a note the matcher loses a number behind a date with slashes, and two that a hyphen joins.
#
# PhoneNumberMatcher is what finds the second number of a buyer in a note, and one would expect a date, or a number beside it, to
# be no obstacle. "giao 23/11/2026 0912345678" holds no number for it: a run of digits, slashes and blanks is one candidate,
# it looks like a date, and is dropped whole; a comma, a word or a date without the year saves the number, and so do hyphens
# and points in the date. "0912345678-0987654321", as people write two numbers, holds none either: both together are a number of
# 20 digits, and are not taken apart, though a slash takes them apart. No leniency finds them. Cut the text at dates and hyphens
# between whole numbers first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check phonenumbers==9.0.43 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
giao 23/11/2026 0912345678 -> POSSIBLE none, VALID none
giao 23/11/2026, 0912345678 -> POSSIBLE 0912345678, VALID 0912345678
giao 23/11/2026 gọi 0912345678 -> POSSIBLE 0912345678, VALID 0912345678
giao 23/11 0912345678 -> POSSIBLE 0912345678, VALID 0912345678
giao 23-11-2026 0912345678 -> POSSIBLE 23-11-2026 0912345678, VALID 0912345678
giao 23.11.2026 0912345678 -> POSSIBLE 23.11.2026 0912345678, VALID 0912345678
0912345678-0987654321 -> POSSIBLE none, VALID none
0912345678 - 0987654321 -> POSSIBLE 0912345678 0987654321, VALID 0912345678 0987654321
0912345678/0987654321 -> POSSIBLE 0912345678 0987654321, VALID 0912345678 0987654321
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from phonenumbers import Leniency, PhoneNumberMatcher

NOTES = (
    "giao 23/11/2026 0912345678",
    "giao 23/11/2026, 0912345678",
    "giao 23/11/2026 gọi 0912345678",
    "giao 23/11 0912345678",
    "giao 23-11-2026 0912345678",
    "giao 23.11.2026 0912345678",
    "0912345678-0987654321",
    "0912345678 - 0987654321",
    "0912345678/0987654321",
)


def found(note, leniency):
    return " ".join(match.raw_string for match in PhoneNumberMatcher(note, "VN", leniency=leniency)) or "none"


for note in NOTES:
    print(f"{note} -> POSSIBLE {found(note, Leniency.POSSIBLE)}, VALID {found(note, Leniency.VALID)}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: phonenumbers-date-before"
