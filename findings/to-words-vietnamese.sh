#!/usr/bin/env bash
# to-words 5.7.0, locale vi-VN: 105,000 is said in words that a listener can take for 150,000.
#
# One would expect the words that children learn: a zero between hundreds and ones is spoken ("linh" or "lẻ"), and five after
# ten is "lăm". Both are missing: 105000 is "Một Trăm Năm Nghìn", 1005 is "Một Nghìn Năm", short for 1,500 in everyday
# speech, and 15 is "Mười Năm", ten years. A customer who is told the amount at the door by telephone hears another one;
# have a native speaker check such words before they are spoken.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" to-words@5.7.0
cat >"$folder/expected" <<'EXPECTED'
15 -> Mười Năm
115000 -> Một Trăm Mười Năm Nghìn
1005 -> Một Nghìn Năm
105000 -> Một Trăm Năm Nghìn
150000 -> Một Trăm Năm Mươi Nghìn
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { ToWords } = require("to-words");

const words = new ToWords({ localeCode: "vi-VN" });
for (const number of [15, 115000, 1005, 105000, 150000]) console.log(number, "->", words.convert(number));
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: to-words-vietnamese"
