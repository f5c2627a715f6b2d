#!/usr/bin/env bash
# jsonata-python 0.7.1 against jsonata 2.2.2: an amount with its tax becomes the text "1.089e+5", and % is another operation.
#
# It calls itself a port of that reference implementation with all of its language, and one would expect one expression to
# give one text. 99000 * 1.1 is 108900.00000000001 in both; JavaScript cuts that to "108900", Python writes an exponent
# wherever such an amount ends in zeros, as those in dong do, and leaves 99000 * 1.2, which is exact, alone. $formatNumber
# rounds halves up instead of to even, while $round agrees, and 5.5 % 2 is 1. A sentence made by such an expression is read
# out over the telephone; round amounts before they become text, and do not test on exact ones only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonata-python==0.7.1 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$folder" jsonata@2.2.2
cat >"$folder/expressions" <<'EXPRESSIONS'
"Tong " & (99000 * 1.2) & " dong"
"Tong " & (99000 * 1.1) & " dong"
"Tong " & (350000 * 1.1) & " dong"
"Tong " & $round(350000 * 1.1) & " dong"
$string(4.35 * 100000)
$string(1250000 / 3)
$round(350000.5)
$formatNumber(350000.5, "#,##0")
5.5 % 2
EXPRESSIONS
cat >"$folder/expected" <<'EXPECTED'
"Tong " & (99000 * 1.2) & " dong" -> Tong 118800 dong | Python: the same
"Tong " & (99000 * 1.1) & " dong" -> Tong 108900 dong | Python: Tong 1.089e+5 dong
"Tong " & (350000 * 1.1) & " dong" -> Tong 385000 dong | Python: Tong 3.85e+5 dong
"Tong " & $round(350000 * 1.1) & " dong" -> Tong 385000 dong | Python: the same
$string(4.35 * 100000) -> 435000 | Python: 4.35e+5
$string(1250000 / 3) -> 416666.666666667 | Python: the same
$round(350000.5) -> 350000 | Python: the same
$formatNumber(350000.5, "#,##0") -> 350,000 | Python: 350,001
5.5 % 2 -> 1.5 | Python: 1
EXPECTED
cat >"$folder/reference.js" <<'REFERENCE'
const jsonata = require("jsonata");

(async () => {
  const expressions = require("node:fs").readFileSync(process.argv[2], "utf8").trim().split("\n");
  for (const expression of expressions) console.log(String(await jsonata(expression).evaluate({})));
})();
REFERENCE
node "$folder/reference.js" "$folder/expressions" >"$folder/reference"
"$folder/venv/bin/python" - "$folder" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import pathlib
import sys

from jsonata import Jsonata

expressions, reference = (pathlib.Path(sys.argv[1], name).read_text().splitlines() for name in ("expressions", "reference"))
for expression, wanted in zip(expressions, reference, strict=True):
    said = str(Jsonata(expression).evaluate({}))
    print(f"{expression} -> {wanted} | Python: {'the same' if said == wanted else said}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: jsonata-python-amounts"
