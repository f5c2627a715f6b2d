"""The pages in a real browser: somebody signs in, watches an order arrive, reads it; axe-core judges each page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bridge.web.console.app import list_pages
from tests.conftest import do_without
from tests.people import PASSWORD
from tests.processes import Site, configure, open_site, order, start_fake, wait_for

AXE = Path(__file__).parents[2] / "judges" / "node_modules" / "axe-core" / "axe.min.js"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
RESULTS = "authorization-of-the-results"
SERIOUS = ("serious", "critical")
# One language in the light and the other in the dark: each page is seen in both of each.
LOOKS = [("vi-VN", "light"), ("en-GB", "dark")]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole bridge: web, worker, and a fake VBot whose people answer."""
    folder = tmp_path_factory.mktemp("browser")
    url = f"sqlite:///{folder / 'bridge.db'}"
    shutil.copy(migrated_sqlite, folder / "bridge.db")
    configure(url)
    settings = {"CONSOLE_PASSWORD": PASSWORD, "VBOT_WEBHOOK_AUTH": RESULTS}
    with open_site(folder, url, **settings) as site:
        told = ("--results-to", f"http://127.0.0.1:{site.port}/vbot/results", "--results-auth", RESULTS)
        with start_fake(folder, "--people", "1", *told) as fake:
            fake.teach("CONFIRM", "number", "name")
            site.settings["VBOT_URL"] = fake.url
            site.start_run()
            yield site


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    with open_page(browser, site, "en-GB") as opened:
        yield opened


class open_page:  # noqa: N801 - used as a function
    """A window of its own. At its end nothing was refused by the browser and no script failed."""

    def __init__(self, browser: Browser, site: Site, language: str, **look: Any) -> None:
        base = f"http://127.0.0.1:{site.port}"
        self._context = browser.new_context(locale=language, base_url=base, viewport=WIDE, **look)
        self._wrong: list[str] = []

    def __enter__(self) -> Page:
        page = self._context.new_page()
        page.on("pageerror", lambda error: self._wrong.append(str(error)))
        page.on("console", lambda told: self._note(told.type, told.text))
        return page

    def _note(self, kind: str, told: str) -> None:
        # What the server refuses by its status is also told there; all else that is an error is a fault of the page.
        if kind in ("error", "warning") and "the server responded with a status of" not in told:
            self._wrong.append(told)

    def __exit__(self, *error: object) -> None:
        self._context.close()
        assert self._wrong == []


def sign_in(page: Page) -> None:
    page.goto("/")
    page.locator("main [name=name]").fill("admin")
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(page.url.partition("/console")[0].rstrip("/") + "/")


def test_somebody_watches_an_order_arrive_finds_it_and_reads_how_it_ended(page: Page, site: Site) -> None:
    sign_in(page)
    all_orders = page.locator(".tile.all b")
    before = int(all_orders.inner_text())
    page.evaluate("window.stays = true")
    assert site.send("shop", order(1)).status == 200
    expect(all_orders).to_have_text(str(before + 1), timeout=30_000)  # by itself
    assert page.evaluate("window.stays")
    search = page.locator(".find input")
    search.fill("DH-1")
    search.press("Enter")
    expect(page.locator("h1")).to_have_text("Order DH-1")
    expect(page.locator("article header .badge").nth(1)).to_be_visible(timeout=30_000)  # its result comes by itself
    page.get_by_role("button", name="Show phone and words").click()
    expect(page.locator("article dl")).to_contain_text("0900000001")


def test_a_call_is_cancelled_by_hand_with_the_keyboard_alone(page: Page, site: Site) -> None:
    assert site.run("pause", "--reason", "a test").returncode == 0
    assert site.send("shop", order(2)).status == 200
    wait_for("a call", lambda: site.listed("calls", "--order", "DH-2"))
    sign_in(page)
    expect(page.locator(".stopped")).to_contain_text("Paused")
    page.goto("/console/orders/shop/id-2")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    cancel = page.locator("summary", has_text="Cancel the call")
    cancel.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("the customer phoned")
    page.keyboard.press("Enter")
    expect(page.locator(".said.done")).to_contain_text("is cancelled")
    assert site.listed("calls", "--order", "DH-2")[0]["state"] == "cancelled"
    assert site.run("resume").returncode == 0


def test_the_language_is_switched_and_a_phone_shows_every_page_without_scrolling_sideways(
    page: Page, site: Site
) -> None:
    sign_in(page)
    page.locator(".me summary").click()
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("h1")).to_have_text("Hôm nay")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for address in addresses():
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
    page.locator(".menu summary").click()
    page.locator(".menu").get_by_role("link", name="Đơn hàng").click()
    expect(page.locator("h1")).to_have_text("Đơn hàng")


@pytest.mark.parametrize(("language", "colours"), LOOKS, ids=str)
def test_axe_finds_nothing_serious_on_any_page(
    browser: Browser, site: Site, request: pytest.FixtureRequest, language: str, colours: Any
) -> None:
    if not AXE.exists():
        do_without(request.config, "axe-core", "needs Node.js 20 or newer, then: make judges")
    assert site.send("shop", order(3)).status == 200
    wait_for("a call", lambda: site.listed("calls", "--order", "DH-3"))
    with open_page(browser, site, language, color_scheme=colours, bypass_csp=True) as page:
        page.goto("/console/sign-in")
        assert judge(page) == []
        sign_in(page)
        for address in addresses():
            page.goto(address)
            assert judge(page) == [], address


def addresses() -> list[str]:
    """Each page of the navigation, a delivery, an order, their forms, and an error."""
    pages = [page.routes[0].rule for page in list_pages() if page.place is not None]
    return [
        *pages,
        "/console/deliveries/1",
        "/console/deliveries/1/again",
        "/console/orders/shop/id-3",
        "/console/order-again/shop/id-3",
        "/console/nowhere",
    ]


def judge(page: Page) -> list[str]:
    """What axe-core finds serious, each with the elements that it means."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    wrong = [each for each in found["violations"] if each["impact"] in SERIOUS]
    return [f"{each['id']}: {json.dumps([node['html'] for node in each['nodes']][:3])}" for each in wrong]
