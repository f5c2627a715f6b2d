"""Somebody at the console in a real Chromium, before a whole bridge: web, worker, and a VBot whose people answer."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.people import PASSWORD
from tests.processes import Fake, Site, configure, open_site, start_fake

WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 800}
RESULTS = "authorization-of-the-results"
# What a browser tells as an error though nothing is wrong: a refusal, and a request that a newer one ends.
EXPECTED = re.compile(r"the server responded with a status of|^htmx:(sendAbort|afterRequest),")


@contextlib.contextmanager
def open_bridge(folder: Path, migrated: Path) -> Iterator[tuple[Site, Fake]]:
    """Web, worker and VBot on a database of their own; an admin can sign in."""
    url = f"sqlite:///{folder / 'bridge.db'}"
    shutil.copy(migrated, folder / "bridge.db")
    configure(url)
    settings = {"CONSOLE_PASSWORD": PASSWORD, "VBOT_WEBHOOK_AUTH": RESULTS}
    with open_site(folder, url, **settings) as site:
        told = ("--results-to", f"http://127.0.0.1:{site.port}/vbot/results", "--results-auth", RESULTS)
        with start_fake(folder, "--people", "1", *told) as fake:
            fake.teach("CONFIRM", "number", "name")
            site.settings["VBOT_URL"] = fake.url
            site.start_run()
            yield site, fake


@contextlib.contextmanager
def start_browser(program: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@contextlib.contextmanager
def open_page(browser: Browser, site: Site, language: str, **look: Any) -> Iterator[Page]:
    """A window of its own. At its end nothing was refused by the browser and no script failed."""
    context = browser.new_context(
        locale=language, base_url=f"http://127.0.0.1:{site.port}", **{"viewport": WIDE, **look}
    )
    wrong: list[str] = []

    def note(kind: str, told: str) -> None:
        if kind in ("error", "warning") and not EXPECTED.search(told):
            wrong.append(told)

    try:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: note(told.type, told.text))
        yield page
    finally:
        context.close()
    assert wrong == [], wrong


def sign_in(page: Page) -> None:
    page.goto("/")
    page.locator("main [name=name]").fill("admin")
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(page.url.partition("/console")[0].rstrip("/") + "/")
