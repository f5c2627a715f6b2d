"""Every page as it is seen: axe-core judges it in both languages, light and dark; a phone shows it whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bridge.web.console.app import list_pages
from tests.browser import PHONE, open_bridge, open_page, sign_in, start_browser
from tests.conftest import do_without
from tests.processes import Site, order, wait_for

AXE = Path(__file__).parents[2] / "judges" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
# Only these look at colours, so that nothing else is asked twice of a page.
OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An order was called here, and one source waits for its first delivery."""
    with open_bridge(tmp_path_factory.mktemp("looks"), migrated_sqlite) as (site, _):
        assert site.send("shop", order(3)).status == 200
        wait_for("a call", lambda: site.listed("calls", "--order", "DH-3"))
        yield site


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with start_browser(program("chromium")) as started:
        yield started


@pytest.mark.parametrize("language", ["vi-VN", "en-GB"])
def test_axe_finds_nothing_serious_on_any_page_light_or_dark(
    browser: Browser, site: Site, request: pytest.FixtureRequest, language: str
) -> None:
    if not AXE.exists():
        do_without(request.config, "axe-core", "needs Node.js 20 or newer, then: make judges")
    with open_page(browser, site, language, color_scheme="light", reduced_motion="reduce", bypass_csp=True) as page:
        page.goto("/console/sign-in")
        found = {"/console/sign-in": judge(page)}
        sign_in(page)
        for address in addresses():
            page.goto(address)
            found[address] = judge(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_a_phone_shows_every_page_without_scrolling_sideways(browser: Browser, site: Site) -> None:
    with open_page(browser, site, "vi-VN", viewport=PHONE) as page:
        sign_in(page)
        wide = {}
        for address in addresses():
            page.goto(address)
            wide[address] = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert {address: pixels for address, pixels in wide.items() if pixels > 0} == {}


def addresses() -> list[str]:
    """Each page of the navigation; of a delivery, an order, a rule and a source; their forms; and an error."""
    pages = [page.routes[0].rule for page in list_pages() if page.place is not None]
    return [
        *pages,
        "/console/deliveries/1",
        "/console/deliveries/1/again",
        "/console/orders/shop/id-3",
        "/console/order-again/shop/id-3",
        "/console/rules/edit?name=confirm",
        "/console/rules/revisions/1",
        "/console/sources/woo",
        "/console/new-source",
        "/console/new-source/haravan",
        "/console/nowhere",
    ]


def judge(page: Page) -> list[str]:
    """What axe-core finds serious in the light, and of colours in the dark; each with the elements that it means.

    What can be opened is open: nothing is judged that is not shown.
    """
    page.add_script_tag(path=AXE)
    page.evaluate("document.querySelectorAll('main details').forEach(details => { details.open = true; })")
    wrong = ask(page, {})
    page.emulate_media(color_scheme="dark")
    wrong += ask(page, OF_COLOURS)
    page.emulate_media(color_scheme="light")
    return wrong


def ask(page: Page, options: dict[str, object]) -> list[str]:
    found = page.evaluate(
        "options => axe.run(document, options).then(found => found.violations.map(one =>"
        " ({id: one.id, impact: one.impact, nodes: one.nodes.slice(0, 3).map(node => node.html)})))",
        {"resultTypes": ["violations"], "preload": False, **options},
    )
    return [f"{each['id']}: {json.dumps(each['nodes'])}" for each in found if each["impact"] in SERIOUS]
