// The editor of a rule: line numbers, marks at the lines that are wrong, and suggestions for the word being typed.
"use strict";
(() => {
  const area = document.getElementById("rule-text");
  if (!area) return;
  const lines = document.getElementById("rule-lines");
  const offers = document.getElementById("rule-offers");
  const findings = document.getElementById("rule-findings");
  const words = JSON.parse(area.dataset.words);
  const MOST = 8;

  function number() {
    const wrong = new Map();
    for (const one of findings.querySelectorAll("[data-line]")) {
      if (wrong.get(one.dataset.line) !== "error") wrong.set(one.dataset.line, one.className);
    }
    lines.replaceChildren(...area.value.split("\n").map((_, n) => {
      const line = document.createElement("span");
      line.textContent = `${n + 1}\n`;
      line.className = wrong.get(String(n + 1)) || "";
      return line;
    }));
    lines.scrollTop = area.scrollTop;
  }

  function typed() {
    const before = area.value.slice(0, area.selectionStart);
    return { before, word: (/[\w.]+$/.exec(before) || [""])[0] };
  }

  function offered() {
    const { before, word } = typed();
    if (word.length < 2) return [];
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const start = line.slice(0, line.length - word.length);
    const isFilter = /\|\s*$/.test(start) || /format:\s*\[?[^\]]*$/.test(start);
    const known = isFilter ? words.filters : /^\s+$/.test(start) ? words.fields : words.paths;
    return known.filter((one) => one.startsWith(word) && one !== word).slice(0, MOST);
  }

  function offer() {
    offers.replaceChildren(...offered().map((one) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = one;
      button.addEventListener("click", () => take(one));
      return button;
    }));
  }

  function take(chosen) {
    const { word } = typed();
    const at = area.selectionStart;
    area.setRangeText(chosen, at - word.length, at, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function go(line, column) {
    const before = area.value.split("\n").slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    area.focus();
    area.setSelectionRange(before + column - 1, before + column - 1);
  }

  area.addEventListener("input", () => { number(); offer(); });
  area.addEventListener("scroll", () => { lines.scrollTop = area.scrollTop; });
  area.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && event.altKey && offers.firstElementChild) {
      event.preventDefault();
      offers.firstElementChild.focus();
    }
  });
  offers.addEventListener("keydown", (event) => {
    const next = { ArrowRight: "nextElementSibling", ArrowLeft: "previousElementSibling" }[event.key];
    if (event.key === "Escape") area.focus();
    else if (next && document.activeElement[next]) document.activeElement[next].focus();
  });
  document.body.addEventListener("htmx:afterSwap", number);
  document.body.addEventListener("click", (event) => {
    const found = event.target.closest("[data-go]");
    if (found) go(...found.dataset.go.split(":").map(Number));
  });
  number();
})();
