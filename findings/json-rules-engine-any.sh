#!/usr/bin/env bash
# json-rules-engine 7.3.1: "any" of no conditions holds, so that a rule whose last alternative was removed is for everybody.
#
# Its documentation says that any "requires one condition to be truthy", and one would expect what some() of JavaScript, any()
# of Python and "some" and "or" of json-logic-js 2.0.5 make of an empty list. It is true, at the root of a rule and inside an
# "all", and "not" of it is false. In an editor where people remove the provinces to which a rule applies one by one,
# each step makes it narrower until the last, by which each customer of the shop is called. addRule takes it without a word;
# refuse an empty list when the rule is stored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" json-rules-engine@7.3.1 json-logic-js@2.0.5
cat >"$folder/expected" <<'EXPECTED'
any of Ha Noi, Hue -> does not hold
any of Hue -> does not hold
any of nothing -> holds
cod, and any of Hue -> does not hold
cod, and any of nothing -> holds
not any of nothing -> does not hold
json-logic-js: some of nothing -> does not hold, or of nothing -> does not hold
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { Engine } = require("json-rules-engine");
const jsonLogic = require("json-logic-js");

const order = { cod: true, province: "Da Nang" };
const equal = (fact, value) => ({ fact, operator: "equal", value });
const anyOf = (...provinces) => ({ any: provinces.map((name) => equal("province", name)) });
const say = (holds) => (holds ? "holds" : "does not hold");

async function tell(title, conditions) {
  const engine = new Engine([{ conditions, event: { type: "call" } }]);
  const { events } = await engine.run(order);
  console.log(`${title} -> ${say(events.length > 0)}`);
}

(async () => {
  await tell("any of Ha Noi, Hue", anyOf("Ha Noi", "Hue"));
  await tell("any of Hue", anyOf("Hue"));
  await tell("any of nothing", anyOf());
  await tell("cod, and any of Hue", { all: [equal("cod", true), anyOf("Hue")] });
  await tell("cod, and any of nothing", { all: [equal("cod", true), anyOf()] });
  await tell("not any of nothing", { not: anyOf() });
  const some = jsonLogic.apply({ some: [[], { "==": [{ var: "" }, "Da Nang"] }] }, order);
  console.log(`json-logic-js: some of nothing -> ${say(some)}, or of nothing -> ${say(jsonLogic.apply({ or: [] }, order))}`);
})();
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: json-rules-engine-any"
