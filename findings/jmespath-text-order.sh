#!/usr/bin/env bash
# jmespath 1.1.0 (Python) and 0.16.0 (JavaScript): amounts in text are ordered by their letters, and the two differ elsewhere.
#
# JMESPath's specification has <, <=, > and >= for numbers only, and null for anything else, so one would expect a filter over
# texts to find nothing. Both of its own project's packages order them: "99000.00" >= "100000" holds. A text and a number are
# two numbers in JavaScript, and a TypeError in Python that is none of the package's own errors; and in JavaScript an order
# without a total is less than any amount, with to_number() too. A filter that was tried in a browser then chooses other
# people on the server. Write: total && to_number(total) < `100000`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jmespath==1.1.0 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$folder" jmespath@0.16.0
cat >"$folder/orders.json" <<'ORDERS'
[{"id": 1, "total": "99000.00"}, {"id": 2, "total": "350000.00"}, {"id": 3, "total": null}]
ORDERS
cat >"$folder/expressions" <<'EXPRESSIONS'
[?total >= '100000'].id
[?total >= `100000`].id
[?total < '100000'].id
[?total < `100000`].id
[?to_number(total) >= `100000`].id
[?to_number(total) < `100000`].id
[?total && to_number(total) < `100000`].id
EXPRESSIONS
cat >"$folder/expected" <<'EXPECTED'
[?total >= '100000'].id -> Python: [1,2] | JavaScript: [1,2]
[?total >= `100000`].id -> Python: TypeError, not of the package | JavaScript: [2]
[?total < '100000'].id -> Python: [] | JavaScript: [3]
[?total < `100000`].id -> Python: TypeError, not of the package | JavaScript: [1,3]
[?to_number(total) >= `100000`].id -> Python: [2] | JavaScript: [2]
[?to_number(total) < `100000`].id -> Python: [1] | JavaScript: [1,3]
[?total && to_number(total) < `100000`].id -> Python: [1] | JavaScript: [1]
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { readFileSync } = require("node:fs");
const { search } = require("jmespath");

const orders = JSON.parse(readFileSync(process.argv[2]));
for (const expression of readFileSync(process.argv[3], "utf8").trim().split("\n")) {
  console.log(JSON.stringify(search(orders, expression)));
}
PROGRAM
node "$folder/program.js" "$folder/orders.json" "$folder/expressions" >"$folder/javascript"
"$folder/venv/bin/python" - "$folder" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import json
import pathlib
import sys

import jmespath
from jmespath.exceptions import JMESPathError

folder = pathlib.Path(sys.argv[1])
orders = json.loads((folder / "orders.json").read_text())
expressions, javascript = ((folder / name).read_text().splitlines() for name in ("expressions", "javascript"))
for expression, of_js in zip(expressions, javascript, strict=True):
    try:
        said = json.dumps(jmespath.search(expression, orders), separators=(",", ":"))
    except TypeError as error:
        said = f"TypeError, {'of' if isinstance(error, JMESPathError) else 'not of'} the package"
    print(f"{expression} -> Python: {said} | JavaScript: {of_js}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: jmespath-text-order"
