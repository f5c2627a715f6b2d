// Pages stay as they are now: while one is seen, a small mark of the ledger is asked for, and only when it has changed
// is the live part of the page fetched. Nobody's typing or open detail is replaced.
"use strict";
// What is there to be copied is marked as a whole as soon as somebody goes there.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-copy]")) event.target.select();
});
// A form that is under way is not sent once more; the server would refuse it, and its answer would hide the first.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 5000); // the page stays where a file is the answer
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
(() => {
  const EVERY = 5000;
  const QUIET = 10000; // at most so long a rest, once nothing has changed for a while
  const part = document.querySelector("[data-live]");
  if (!part) return;
  let mark = null;
  let rest = EVERY;
  let next = null;

  const isInUse = () =>
    part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select") ||
    part.querySelector("details[open], dialog[open]") !== null;

  async function look() {
    if (document.hidden || isInUse()) return;
    try {
      const answer = await fetch("/console/pulse", { headers: { "X-Live": "1" } });
      if (!answer.ok) return;
      const found = await answer.text();
      const changed = mark !== null && mark !== found;
      mark = found;
      rest = changed ? EVERY : Math.min(rest + 1000, QUIET);
      if (!changed) return;
      const page = await fetch(part.dataset.live, { headers: { "X-Live": "1" } });
      if (page.ok && !isInUse()) part.innerHTML = await page.text();
    } catch { /* The next look may succeed. */ }
  }

  async function go() {
    clearTimeout(next);
    await look();
    next = setTimeout(go, rest);
  }

  document.addEventListener("visibilitychange", () => {
    rest = EVERY;
    go();
  });
  go();
})();
