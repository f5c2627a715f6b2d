#!/usr/bin/env bash
# num2words 0.5.14, lang vi: minus three is "seventeen", and 1.05 is said as one point five.
#
# One would expect the minus, as its other languages say it, or an error. A negative number is taken from the other end of a
# list of words: -3 is "mười bảy", seventeen, -5 is fifteen and -20 is zero, and only from -21 on it is an IndexError. Of a
# fraction the digits after the point are read as a whole number of hundredths: 1.05 is "một phẩy năm", one point five, while
# 1.5 is "một phẩy năm mươi", one point fifty, and 1.005 is one. Whole amounts are right, and with them it is tried. A balance,
# a weight or a change of price that is spoken by it is another one. Indonesian, as one of many, has both right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check num2words==0.5.14 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
3: ba | tiga
-1: mười chín | min satu
-3: mười bảy | min tiga
-5: mười lăm | min lima
-20: không | min dua puluh
-35000: IndexError | min tiga puluh lima ribu
1.5: một phẩy năm mươi | satu koma lima
1.05: một phẩy năm | satu koma nol lima
1.005: một | satu koma nol nol lima
10.01: mười phẩy một | sepuluh koma nol satu
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from num2words import num2words


def say(number, language):
    try:
        return num2words(number, lang=language)
    except IndexError as error:
        return type(error).__name__


for number in (3, -1, -3, -5, -20, -35000, 1.5, 1.05, 1.005, 10.01):
    print(f"{number}: {say(number, 'vi')} | {say(number, 'id')}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: num2words-vietnamese"
