#!/usr/bin/env bash
# cloudevents 2.2.0 (Python) and 10.0.0 (JavaScript): an order number sent as text arrives as a number, in one of two modes.
#
# The two modes of HTTP are to carry the same event, and data whose content type is application/json is JSON: the text
# "8267147" would be sent with its quotes. In binary mode both packages send it bare. Python's then reads a number, but of
# "0053", which bare is no JSON, the text; JavaScript's reads each as text, the number 8267147 that Python sent, too. In
# structured mode all arrive as what they were. A program that looks orders up by their number finds those that came one
# way, and those that begin with a zero both ways. Put such data into an object.
# Guess that is wrong: which mode a sender takes does not matter to whoever receives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$folder" cloudevents@10.0.0
cat >"$folder/expected" <<'EXPECTED'
Python, binary, "8267147" -> in Python 8267147, in JavaScript "8267147"
Python, structured, "8267147" -> in Python "8267147", in JavaScript "8267147"
Python, binary, "0053" -> in Python "0053", in JavaScript "0053"
Python, structured, "0053" -> in Python "0053", in JavaScript "0053"
Python, binary, 8267147 -> in Python 8267147, in JavaScript "8267147"
Python, structured, 8267147 -> in Python 8267147, in JavaScript 8267147
JavaScript, binary, "8267147" -> in Python 8267147, in JavaScript "8267147"
JavaScript, structured, "8267147" -> in Python "8267147", in JavaScript "8267147"
JavaScript, binary, "0053" -> in Python "0053", in JavaScript "0053"
JavaScript, structured, "0053" -> in Python "0053", in JavaScript "0053"
EXPECTED
cat >"$folder/send.py" <<'PROGRAM'
import json

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

for data in ("8267147", "0053", 8267147):
    event = CloudEvent({"id": "1", "type": "order", "source": "/shop", "datacontenttype": "application/json"}, data)
    for mode, write in (("binary", to_binary_event), ("structured", to_structured_event)):
        message = write(event)
        sent = f"Python, {mode}, {json.dumps(data)}"
        print(json.dumps([sent, {name.lower(): text for name, text in message.headers.items()}, message.body.decode()]))
PROGRAM
cat >"$folder/send.js" <<'PROGRAM'
const { CloudEvent, HTTP } = require("cloudevents");

for (const data of ["8267147", "0053"]) {
  const event = new CloudEvent({ id: "1", type: "order", source: "/shop", datacontenttype: "application/json", data });
  for (const mode of ["binary", "structured"]) {
    const { headers, body } = HTTP[mode](event);
    console.log(JSON.stringify([`JavaScript, ${mode}, ${JSON.stringify(data)}`, headers, body]));
  }
}
PROGRAM
cat >"$folder/receive.py" <<'PROGRAM'
import json
import sys

from cloudevents.core.bindings.http import HTTPMessage, from_http_event

for line in sys.stdin:
    sent, headers, body = json.loads(line)
    event = from_http_event(HTTPMessage(headers, body.encode()))
    print(f"{sent} -> in Python {json.dumps(event.get_data())}")
PROGRAM
cat >"$folder/receive.js" <<'PROGRAM'
const { HTTP } = require("cloudevents");

for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const [, headers, body] = JSON.parse(line);
  console.log(`in JavaScript ${JSON.stringify(HTTP.toEvent({ headers, body }).data)}`);
}
PROGRAM
{
    "$folder/venv/bin/python" "$folder/send.py" >"$folder/messages"
    node "$folder/send.js" >>"$folder/messages"
    "$folder/venv/bin/python" "$folder/receive.py" <"$folder/messages" >"$folder/in-python"
    node "$folder/receive.js" <"$folder/messages" >"$folder/in-javascript"
} 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
paste -d, "$folder/in-python" "$folder/in-javascript" | sed 's/,in JavaScript/, in JavaScript/' >"$folder/seen"
diff "$folder/expected" "$folder/seen" && echo "as stated: cloudevents-binary-text"
