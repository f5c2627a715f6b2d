"""Pictures of the console on the demo, full of life: every page in both languages, and those that the docs show."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bridge.web.console.app import list_pages
from tests.pngs import shrink

ROOT = Path(__file__).parents[1]
OUT, DOCS = ROOT / "screens", ROOT / "docs" / "screens"
IN_DOCS = ("today", "order", "source", "rule", "sources-vi", "deliveries-en")
ORDERS = "30"
LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def main() -> None:
    OUT.mkdir(exist_ok=True)
    DOCS.mkdir(exist_ok=True)
    with _demo() as (base, password), sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for language, locale in LANGUAGES.items():
            size = {"width": 1180, "height": 820}
            page = browser.new_context(locale=locale, base_url=base, viewport=size).new_page()  # type: ignore[arg-type]
            page.goto("/")
            page.locator("main [name=name]").fill("admin")
            page.locator("main [name=password]").fill(password)
            page.locator("main form button").click()
            for name, address in [*_addresses(), ("order", _order(page))]:
                page.goto(address)
                _take(page, name, language)
            page.goto("/console/new-source/haravan")
            _take(page, "source", language)
            page.set_viewport_size({"width": 1180, "height": 1120})
            _edit(page)
            _take(page, "rule", language)
        browser.close()


def _addresses() -> list[tuple[str, str]]:
    return [(page.name, page.routes[0].rule) for page in list_pages() if page.place is not None]


def _order(page: Page) -> str:
    """The address of an order that a customer confirmed."""
    page.goto("/console/orders?result=confirmed")
    return page.locator("tbody a").first.get_attribute("href") or "/"


def _edit(page: Page) -> None:
    """A rule with a mistake at its line, and below it what the buyer of an order would hear without that."""
    order = "/".join(_order(page).split("/")[-2:])
    page.goto("/console/rules")
    page.locator("tbody a").first.click()
    page.locator("#rule-findings p, #rule-findings li").first.wait_for()
    page.locator("[name=order]").fill(order)
    page.locator("[hx-post$=preview]").click()
    page.locator("#rule-tried article").wait_for()
    area = page.locator("#rule-text")
    area.fill(area.input_value().replace("order.total", "order.totl", 1))
    page.locator("#rule-findings .error").wait_for()
    area.evaluate("area => { area.scrollTop = 0; area.blur(); }")
    page.evaluate("window.scrollTo(0, 0)")


def _take(page: Page, name: str, language: str) -> None:
    path = OUT / f"{name}-{language}.png"
    page.screenshot(path=path)
    if {name, path.stem} & {*IN_DOCS}:
        shrink(Path(shutil.copy(path, DOCS)))


@contextmanager
def _demo() -> Iterator[tuple[str, str]]:
    """The demo with all its orders sent: its address, and the password of admin."""
    environment = {**os.environ, "DEMO_ORDERS": ORDERS, "BRIDGE_LANG": "en"}
    command = [sys.executable, "-u", "-m", "bridge", "demo"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout or ():
            said += line
            if f"All {ORDERS} orders are sent" in line:
                break
        time.sleep(8)  # the last ones ring meanwhile
        found = re.search(r"(http://127\.0\.0\.1:\d+)/ .*password: (\S+)\)", said)
        try:
            if found is None:
                sys.exit(said)
            yield found[1], found[2]
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
