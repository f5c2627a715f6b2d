#!/usr/bin/env bash
# openpyxl 3.1.5: a carriage return in a cell that XlsxWriter 3.3.1 wrote is read back as the text _x000D_.
#
# The file format writes a control character as _xHHHH_, and one would expect its reader to undo that, as Excel does.
# openpyxl hands the escape on as text, in both modes of reading. An address with a Windows line break in it is then read
# out, or printed, with "x000D" in the middle; call openpyxl.utils.escape.unescape on each text cell.
# Guess that is wrong: what one of the two wrote, the other gives back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openpyxl==3.1.5 xlsxwriter==3.3.1 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
'12 Le Loi\nHue' -> '12 Le Loi\nHue' | unescape: '12 Le Loi\nHue'
'12 Le Loi\r\nHue' -> '12 Le Loi_x000D_\nHue' | unescape: '12 Le Loi\r\nHue'
both modes agree: True
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import io

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

file = io.BytesIO()
texts = ["12 Le Loi\nHue", "12 Le Loi\r\nHue"]
with xlsxwriter.Workbook(file) as book:
    book.add_worksheet().write_column(0, 0, texts)
read = [[row[0] for row in load_workbook(file, read_only=mode).active.iter_rows(values_only=True)] for mode in (False, True)]
for text, cell in zip(texts, read[0], strict=True):
    print(repr(text), "->", repr(cell), "| unescape:", repr(unescape(cell)))
print("both modes agree:", read[0] == read[1])
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: openpyxl-line-breaks"
