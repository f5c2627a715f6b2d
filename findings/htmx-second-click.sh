#!/usr/bin/env bash
# htmx 2.0.11 (in jsdom 26.1.0): of four clicks on one button during its request, two become POSTs.
#
# One would expect clicks to be dropped while the request runs, or all of them to be sent. Without hx-sync the last click is
# kept and its POST goes out when the first has ended, which is long after the impatient person stopped clicking. "Call
# again" then rings the customer twice; write hx-sync="this:drop", or let the server know a form that it has already had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" htmx.org@2.0.11 jsdom@26.1.0
cat >"$folder/expected" <<'EXPECTED'
by default -> POSTs: 2
hx-sync="this:drop" -> POSTs: 1
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const fs = require("node:fs");
const http = require("node:http");
const { JSDOM } = require("jsdom");

const htmx = fs.readFileSync(require.resolve("htmx.org/dist/htmx.js"), "utf8");

// The first POST is answered after the fourth click.
async function posts(attribute) {
  let count = 0;
  let arrived;
  let answer;
  const first = new Promise((resolve) => { arrived = resolve; });
  const server = http.createServer((request, response) => {
    if (request.method === "GET") {
      response.setHeader("Content-Type", "text/html");
      response.end(`<button hx-post="/call" hx-swap="none" ${attribute}>Call again</button>`);
    } else if (++count === 1) {
      answer = () => response.end();
      arrived();
    } else {
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { window } = await JSDOM.fromURL(`http://127.0.0.1:${server.address().port}/`, { runScripts: "outside-only" });
  // jsdom cannot evaluate the XPath by which htmx looks for hx-on attributes; the page has none.
  window.XPathEvaluator.prototype.createExpression = () => ({ evaluate: () => ({ iterateNext: () => null }) });
  window.eval(htmx);
  const button = window.document.querySelector("button");
  window.htmx.process(window.document.body);
  let running = 0;
  const idle = new Promise((resolve) => {
    window.document.body.addEventListener("htmx:beforeSend", () => { running += 1; });
    window.document.body.addEventListener("htmx:afterRequest", () => {
      running -= 1;
      setImmediate(() => setImmediate(() => running === 0 && resolve())); // a queued click is sent before that
    });
  });
  button.click();
  await first;
  for (let click = 2; click <= 4; click += 1) button.click();
  answer();
  await idle;
  window.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return count;
}

(async () => {
  console.log("by default -> POSTs:", await posts(""));
  console.log('hx-sync="this:drop" -> POSTs:', await posts('hx-sync="this:drop"'));
})();
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: htmx-second-click"
