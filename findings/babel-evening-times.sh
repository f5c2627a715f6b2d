#!/usr/bin/env bash
# Babel 2.19.0: parse_time makes half past eight in the morning of the evening that format_time wrote.
#
# Its documentation says that it reads a time by the format of the locale, or by the one that is given; one would expect the
# marks of that locale to be known, or refused. Where the format has a mark, only the letters "am" and "pm" count, and all
# others are passed over: "8:30 CH", Vietnamese for 20:30, is 08:30, by its own pattern "h:mm a" too, and in Spanish,
# Korean, Chinese and Greek so is what format_time(format="short") gives by itself. Opening hours that somebody types, or that
# one page wrote for another, turn into others without an error; compare what was read with what it is written as.
# Guess that is wrong: what the two functions of one library write and read is the same time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check Babel==2.19.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
vi, h:mm a: 8:30 CH -> 08:30
vi, short: 20:30 -> 20:30
en_US, short: 8:30 PM -> 20:30
es_MX, short: 8:30 p.m. -> 08:30
ko_KR, short: 오후 8:30 -> 08:30
zh_TW, short: 晚上8:30 -> 08:30
el_GR, short: 8:30 μ.μ. -> 08:30
EXPECTED
PYTHONUTF8=1 "$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from datetime import time

from babel.dates import format_time, parse_time

pairs = (("vi", "h:mm a"), *((locale, "short") for locale in ("vi", "en_US", "es_MX", "ko_KR", "zh_TW", "el_GR")))
for locale, form in pairs:
    text = format_time(time(20, 30), form, locale=locale)
    shown = text.replace("\u202f", " ")
    print(f"{locale}, {form}: {shown} -> {parse_time(text, locale=locale, format=form):%H:%M}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: babel-evening-times"
