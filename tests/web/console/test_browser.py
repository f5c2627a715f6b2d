"""What people do at the console, in a real browser before a whole bridge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bridge.core.model import Source
from bridge.platforms import find_platform
from tests.browser import PHONE, open_bridge, open_page, sign_in, start_browser
from tests.processes import Fake, Site, order, wait_for

TEXTS = {"templates": {"CONFIRM": "Chào {name}, đơn {number} của bạn đã sẵn sàng."}}
SLOW = 30_000  # ms: what comes by itself


@pytest.fixture(scope="module")
def bridge(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Fake]]:
    with open_bridge(tmp_path_factory.mktemp("browser"), migrated_sqlite) as opened:
        yield opened


@pytest.fixture
def site(bridge: tuple[Site, Fake]) -> Site:
    return bridge[0]


@pytest.fixture(scope="module")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    with start_browser(program("chromium")) as started:
        yield started


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """The console as an admin sees it who has just signed in."""
    with open_page(browser, site, "en-GB") as opened:
        sign_in(opened)
        yield opened


def test_somebody_watches_an_order_arrive_finds_it_and_reads_how_it_ended(page: Page, site: Site) -> None:
    all_orders = page.locator(".tile.all b")
    before = int(all_orders.inner_text())
    page.evaluate("window.stays = true")
    assert site.send("shop", order(1)).status == 200
    expect(all_orders).to_have_text(str(before + 1), timeout=SLOW)  # by itself
    assert page.evaluate("window.stays")
    search = page.locator(".find input")
    search.fill("DH-1")
    search.press("Enter")
    expect(page.locator("h1")).to_have_text("Order DH-1")
    expect(page.locator("article header .badge").nth(1)).to_be_visible(timeout=SLOW)  # its result comes by itself
    page.get_by_role("button", name="Show phone and words").click()
    expect(page.locator("article dl")).to_contain_text("0900000001")


def test_a_call_is_cancelled_by_hand_with_the_keyboard_alone(page: Page, site: Site) -> None:
    assert site.run("pause", "--reason", "a test").returncode == 0
    assert site.send("shop", order(2)).status == 200
    wait_for("a call", lambda: site.listed("calls", "--order", "DH-2"))
    page.goto("/")
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


def test_a_source_is_added_and_its_first_delivery_arrives_while_the_page_stays_open(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("button", name="Add a source").click()
    page.get_by_role("link", name="Haravan").click()
    expect(page.locator(".screen").first).to_contain_text("Chuỗi xác thực webhook")
    page.get_by_label("Its id").fill("Hà Nội")
    page.get_by_label("The secret that the shop shows").fill("secret-of-the-hanoi-shop")
    page.get_by_role("button", name="Add the source").click()  # the browser itself refuses such an id
    page.get_by_label("Its id").fill("shop")
    page.get_by_role("button", name="Add the source").click()
    expect(page.get_by_label("Its id")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#field-id-wrong")).to_contain_text("Choose another one")
    page.get_by_label("Its id").fill("hanoi")
    page.get_by_label("The secret that the shop shows").fill("secret-of-the-hanoi-shop")
    page.get_by_role("button", name="Add the source").dblclick()
    expect(page.locator("h1")).to_contain_text("hanoi")
    expect(page.locator(".live")).to_contain_text("Waiting for the first delivery")
    expect(page.get_by_label("Webhook address")).to_have_value(f"http://127.0.0.1:{site.port}/hooks/hanoi")
    page.evaluate("window.stays = true")
    assert first_order(site, "another-secret") == 401
    assert first_order(site, "secret-of-the-hanoi-shop") == 200
    expect(page.locator(".live .said").first).to_contain_text("The first delivery has arrived", timeout=SLOW)
    expect(page.locator(".live")).to_contain_text("1 refused")
    assert page.evaluate("window.stays")
    page.get_by_role("link", name="See it").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/console/sources/hanoi")
    page.locator("summary", has_text="Change the settings").click()
    page.get_by_label("cod_names").fill("Trả sau")
    page.get_by_label("country").fill("vn")
    page.get_by_label("Reason").locator("visible=true").fill("their own name for it")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.locator("#field-source-country-wrong")).to_contain_text("two capital letters")
    expect(page.get_by_label("cod_names")).to_have_value("Trả sau")
    page.get_by_label("country").fill("VN")
    page.get_by_role("button", name="Save the settings").dblclick()
    expect(page.locator(".said.done")).to_contain_text("are saved")
    assert [act["what"] for act in site.listed("audit")].count("source settings") == 1


def test_an_unsure_call_is_settled_and_rings_while_the_page_stays_open(page: Page, bridge: tuple[Site, Fake]) -> None:
    site, fake = bridge
    fake.fault({"fault": "reset_after", "accepted": False, "times": 1})
    assert site.send("shop", order(4)).status == 200
    wait_for("an unsure call", lambda: site.listed("calls", "--order", "DH-4", "--state", "unsure"))
    page.goto("/")
    page.locator(".tile.unsure").click()
    page.get_by_role("link", name="DH-4").click()
    page.locator("summary", has_text="Settle").click()
    form = page.locator("details[open] form")
    form.get_by_role("button", name="Settle").click()  # nothing was said yet: the browser itself asks
    expect(page.locator("h1")).to_have_text("Order DH-4")
    form.get_by_label("It did not ring: call again").check()
    form.get_by_label("Reason").fill("VBot's page shows no such call")
    form.get_by_role("button", name="Settle").dblclick()
    expect(page.locator(".said.done")).to_contain_text("it will be called again")
    expect(page.locator("article header")).to_contain_text("answered", timeout=SLOW)
    assert fake.phones().count("0900000004") == 1
    assert [act["what"] for act in site.listed("audit")].count("resolve again") == 1


def test_a_list_is_looked_at_started_and_stopped(page: Page, bridge: tuple[Site, Fake]) -> None:
    site, fake = bridge
    fake.teach("HELLO", "name")
    assert site.run("pause", "--reason", "a test").returncode == 0
    page.get_by_role("link", name="Lists").click()
    page.locator("[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": b"phone,name\n0912345670,A\n0912345671,B\nnobody,C\n"}
    )
    page.get_by_label("Template code").fill("HELLO")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator(".tile.called")).to_contain_text("2")
    page.get_by_label("Leave the bad lines out").check()
    page.get_by_role("button", name="Call 2 people").dblclick()
    expect(page.locator(".said.done")).to_contain_text("2 new calls wait")
    page.locator("summary", has_text="Stop").click()
    page.locator("td").get_by_label("Reason").fill("a wrong list")
    page.get_by_role("button", name="Cancel 2 calls").click()
    expect(page.locator(".said.done")).to_contain_text("2 waiting calls are cancelled")
    assert site.run("resume").returncode == 0
    assert {call["state"] for call in site.listed("calls") if call["rule"] == "manual"} == {"cancelled"}
    assert not {"0912345670", "0912345671"} & {*fake.phones()}


def test_a_broken_rule_is_mended_tried_saved_and_taken_back(page: Page, site: Site) -> None:
    told(site, "texts.json", TEXTS)
    assert site.send("shop", order(6)).status == 200
    wait_for("a decision", lambda: site.listed("calls", "--order", "DH-6"))
    page.get_by_role("link", name="Rules").click()
    page.get_by_role("link", name="confirm", exact=True).click()
    area = page.get_by_label("The rule (YAML)")
    expect(page.locator("#rule-findings .said")).to_have_text("Nothing is wrong.")
    sound = area.input_value()
    area.fill(sound.replace("order.number", "order.numbre"))
    wrong = page.locator("#rule-findings .error")
    expect(wrong).to_contain_text("order.number")
    line = int(wrong.get_attribute("data-line") or 0)
    assert "numbre" in sound.replace("order.number", "order.numbre").split("\n")[line - 1]
    expect(page.locator("#rule-lines .error")).to_have_text(str(line))
    wrong.get_by_role("button").click()
    expect(area).to_be_focused()
    area.fill(sound.replace("{{ order.number }}", "số {{ order.number }}"))
    expect(page.locator("#rule-findings .said")).to_have_text("Nothing is wrong.")
    page.get_by_label("On the order").fill("DH-6")
    page.get_by_role("button", name="What the buyer would hear").click()
    expect(page.locator("#rule-tried blockquote")).to_have_text("Chào Đặng Thị Ví Dụ, đơn số DH-6 của bạn đã sẵn sàng.")
    page.get_by_role("button", name="Compare with the last 7 days").click()
    expect(page.locator("#rule-tried pre")).to_contain_text("datas")
    assert int(page.locator("#rule-tried .tile", has_text="with other words").locator("b").inner_text()) > 0
    page.get_by_label("Why it changes").fill("say that it is a number")
    page.get_by_role("button", name="Save", exact=True).dblclick()
    saved = page.locator(".said.done")
    expect(saved).to_contain_text("Saved as revision")
    number = int((re.findall(r"\d+", saved.inner_text()) or ["0"])[0])
    assert "số {{ order.number }}" in site.run("export").stdout
    page.get_by_role("link", name=re.compile(rf"^{number - 1}\b")).click()
    page.get_by_label("Why").fill("it was better before")
    page.get_by_role("button", name="Go back").dblclick()
    expect(page.locator(".said.done")).to_contain_text(f"Saved as revision {number + 1}")
    assert "số {{ order.number }}" not in site.run("export").stdout


def test_a_second_press_at_the_editor_is_neither_lost_nor_doubled(page: Page, site: Site) -> None:
    for number in (7, 8):
        assert site.send("shop", order(number)).status == 200
        wait_for("a decision", lambda number=number: site.listed("calls", "--order", f"DH-{number}"))  # type: ignore[misc]
    held: list[Route] = []
    page.route(re.compile("/console/rules/(preview|trial)"), lambda route: held.append(route))  # noqa: PLW0108  Playwright marks it
    page.goto("/console/rules/edit?name=confirm")
    hear = page.get_by_role("button", name="What the buyer would hear")
    found = page.locator("#rule-tried")
    page.get_by_label("On the order").fill("DH-7")
    hear.dblclick()
    until_held(page, held, 1)
    page.get_by_label("On the order").fill("DH-8")
    hear.click()
    until_held(page, held, 2)
    for route in held:  # the first press is answered late, and nobody waits for it
        route.continue_()
    expect(found.locator("strong")).to_have_text("DH-8")
    hear.click()
    until_held(page, held, 3)
    page.get_by_role("button", name="Compare with the last 7 days").click()
    until_held(page, held, 4)
    for route in held[:1:-1]:
        route.continue_()
    expect(found).to_contain_text("deliveries of the last 7 days")
    assert len(held) == 4  # of the double press came one


def test_of_two_people_at_one_rule_the_second_is_told(browser: Browser, page: Page, site: Site) -> None:
    with open_page(browser, site, "en-GB") as other:
        sign_in(other)
        for each in (page, other):
            each.goto("/console/rules/edit?name=confirm")
            area = each.get_by_label("The rule (YAML)")
            expect(each.locator("#rule-findings .said")).to_have_text("Nothing is wrong.")
            name = "nobody" if each is page else "somebody"
            area.fill(area.input_value().replace("quý khách", name))
            each.get_by_label("Why it changes").fill("another word")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".said.done")).to_contain_text("Saved as revision")
        other.get_by_role("button", name="Save", exact=True).click()
        expect(other.locator(".said.wrong")).to_contain_text("somebody changed this rule meanwhile")
        assert "somebody" not in site.run("export").stdout
        expect(other.get_by_label("The rule (YAML)")).to_have_value(re.compile("somebody"))  # what was typed is there
        expect(other.get_by_label("Why it changes")).to_have_value("another word")


def test_the_language_is_switched_on_a_phone_and_stays(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.locator(".me summary").click()
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("h1")).to_have_text("Hôm nay")
    page.locator(".menu summary").click()
    page.locator(".menu").get_by_role("link", name="Đơn hàng").click()
    expect(page.locator("h1")).to_have_text("Đơn hàng")
    expect(page.locator("html")).to_have_attribute("lang", "vi")


def first_order(site: Site, secret: str) -> int:
    """The shop sends its first order, signed by this secret; the status that it gets."""
    haravan, now = find_platform("haravan"), datetime.now(UTC)
    assert haravan is not None
    body = json.dumps(haravan.sample.document(now)).encode()
    headers = [*haravan.sign(body, "orders/create", Source("hanoi", "haravan", (secret,), {}), now)]
    return site.ask("POST", "/hooks/hanoi", body, headers).status


def until_held(page: Page, held: list[Route], count: int) -> None:
    """Wait until the page has sent so many requests."""
    wait_for(f"request {count}", lambda: page.evaluate("true") and len(held) >= count)


def told(site: Site, name: str, document: dict[str, object]) -> None:
    """These files of the configuration hold too."""
    (site.folder / name).write_text(json.dumps(document))
    applied = site.run("apply", name)
    assert applied.returncode == 0, applied.stderr
