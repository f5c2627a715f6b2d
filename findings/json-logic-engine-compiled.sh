#!/usr/bin/env bash
# json-logic-engine 5.0.7: a rule that build() has compiled holds where the same rule does not hold under run().
#
# Compiling is offered as a faster way to the same answer. But of what is missing in the order, or null, the compiled rule
# makes another thing: "all lines are in stock" holds for an order without lines, a greeting says "null", and a default stands
# in for null. json-logic-js 2.0.5, the reference, agrees with run() in these; it differs from both in "missing", to which it
# counts an empty phone number and null. A rule that was tried one by one in an editor and is compiled for the orders calls
# customers that it should not. Compile in the tests, too, and give them orders with null and without the field.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" json-logic-engine@5.0.7 json-logic-js@2.0.5
cat >"$folder/expected" <<'EXPECTED'
all in stock, {"lines":[{"left":3}]} -> reference: true | run: true | build: true
all in stock, {"lines":[]} -> reference: false | run: false | build: false
all in stock, {} -> reference: false | run: false | build: true
greeting, {"name":"Lan"} -> reference: "Chào Lan!" | run: "Chào Lan!" | build: "Chào Lan!"
greeting, {"name":null} -> reference: "Chào !" | run: "Chào !" | build: "Chào null!"
note or none, {} -> reference: "none" | run: "none" | build: "none"
note or none, {"note":null} -> reference: null | run: null | build: "none"
no phone, {} -> reference: "ask" | run: "ask" | build: "ask"
no phone, {"phone":""} -> reference: "ask" | run: "call" | build: "call"
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { LogicEngine } = require("json-logic-engine");
const reference = require("json-logic-js");

const engine = new LogicEngine();
const rules = [
  ["all in stock", { all: [{ var: "lines" }, { ">": [{ var: "left" }, 0] }] }, [{ lines: [{ left: 3 }] }, { lines: [] }, {}]],
  ["greeting", { cat: ["Chào ", { var: "name" }, "!"] }, [{ name: "Lan" }, { name: null }]],
  ["note or none", { var: ["note", "none"] }, [{}, { note: null }]],
  ["no phone", { if: [{ missing: ["phone"] }, "ask", "call"] }, [{}, { phone: "" }]],
];
for (const [title, rule, orders] of rules) {
  const compiled = engine.build(rule);
  for (const order of orders) {
    const [first, run, built] = [reference.apply(rule, order), engine.run(rule, order), compiled(order)].map((value) => JSON.stringify(value));
    console.log(`${title}, ${JSON.stringify(order)} -> reference: ${first} | run: ${run} | build: ${built}`);
  }
}
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: json-logic-engine-compiled"
