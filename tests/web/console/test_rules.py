"""The page Rules: an editor that checks and tries before it saves, and its revisions; real HTTP, both databases."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from bridge.decide.delivery import decide
from bridge.decide.verdicts import Verdicts
from bridge.lib.passwords import hash_password
from bridge.store import make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.people.users import add_user
from tests.people import Person, form
from tests.processes import HOTLINE, KEY, Site, configure, order

SECRET = "a-password-of-the-test"
PAGE, EDIT, SAVE = "/console/rules", "/console/rules/edit?name=confirm", "/console/rules/save"


@pytest.fixture(scope="module")
def people(site: Site) -> Iterator[dict[str, Person]]:
    """An admin and an operator; two orders have come in, and were decided."""
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as store, store.write() as conn:
        for role in ("admin", "operator"):
            add_user(conn, f"the-{role}", role, hash_password(SECRET), datetime.now(UTC))
        catalogs, now = Catalogs(make_seal((KEY,))), datetime.now(UTC)
    for number in (1, 2):
        assert site.send("shop", order(number)).status == 200
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as store:
        for delivery_id in (1, 2):
            decide(store, catalogs, delivery_id, now, HOTLINE, Verdicts())
    found = {role: Person(site.port) for role in ("admin", "operator")}
    for role, person in found.items():
        assert person.sign_in(f"the-{role}", SECRET).status_code == 200
    yield found
    for person in found.values():
        person.close()


@pytest.fixture(autouse=True)
def begun(site: Site, people: dict[str, Person]) -> None:
    """Each test finds the rule as it was written at first."""
    configure(site.settings["DATABASE_URL"])


def written(person: Person) -> str:
    """The text in the editor."""
    page = person.get(EDIT).text
    return unescape(page.partition("</textarea>")[0].rpartition(">")[2])


def ask(person: Person, act: str, text: str, **more: str) -> str:
    """A piece that the open editor asks for."""
    hidden = form(person.get(EDIT).text, SAVE) or {}
    answer = person.post(f"{PAGE}/{act}", data={**hidden, "text": text, **more}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def test_the_list_leads_to_the_rule_as_it_stands(people: dict[str, Person]) -> None:
    assert EDIT in people["admin"].get(PAGE).text
    assert written(people["admin"]).startswith("rules:\n- rule: confirm\n")
    assert '<span title="order.created">order created</span>' in people["admin"].get(PAGE).text
    vietnamese = people["admin"].get(PAGE, headers={"Accept-Language": "vi"}).text
    assert '<span title="order.created">có đơn mới</span>' in vietnamese


def test_what_is_wrong_is_said_at_its_line_in_the_readers_language(people: dict[str, Person]) -> None:
    text = written(people["operator"])
    assert "Nothing is wrong." in ask(people["operator"], "check", text)
    broken = text.replace("order.number", "order.nunber")
    line = broken[: broken.index("nunber")].count("\n") + 1
    said = ask(people["operator"], "check", broken)
    assert f'data-line="{line}"' in said and "did you mean order.number" in said and 'class="error"' in said
    people["operator"].headers["Accept-Language"] = "vi"
    assert "lỗi" in ask(people["operator"], "check", broken)
    people["operator"].headers["Accept-Language"] = "en"
    assert "edits rules alone" in ask(people["operator"], "check", f"{text}\nhotlines: [{{code: '1'}}]\n")
    assert "there is no rule in it" in ask(people["operator"], "check", "rules: []")
    for act in ("preview", "trial"):
        assert 'class="error"' in ask(people["operator"], act, broken)


def test_a_preview_is_what_the_buyer_would_hear_of_any_order(people: dict[str, Person]) -> None:
    text = written(people["operator"])
    said = ask(people["operator"], "preview", text.replace("order.number }}", "order.number }} xin chào"), order="DH-1")
    assert "DH-1 xin chào" in said and "09••••••01" in said and "0900000001" not in said
    assert "DH-2" in ask(people["operator"], "preview", text)  # the newest
    paid = ask(people["operator"], "preview", text.replace("- order.created", "- order.paid"), order="shop/id-1")
    assert "this order had no such event" in paid
    refused = people["operator"].post(
        f"{PAGE}/preview",
        data={**(form(people["operator"].get(EDIT).text, SAVE) or {}), "text": text, "order": "DH-99"},
        headers={"HX-Request": "true"},
    )
    assert refused.status_code == 422 and "No order has this id or number" in refused.text


def test_a_trial_counts_what_would_change_and_calls_nobody(site: Site, people: dict[str, Person]) -> None:
    text = written(people["operator"])
    before = site.listed("calls")
    said = ask(people["operator"], "trial", text + "  when: order.total > 1000000\n", name="confirm")
    assert "<b>2</b> no longer called" in said and "when" in said and "Saving cancels 2 waiting call(s)" not in said
    gone = ask(people["operator"], "trial", text.replace("rule: confirm", "rule: other"), name="confirm")
    assert "Saving cancels 2 waiting call(s)." in gone
    assert site.listed("calls") == before


def test_saving_makes_a_revision_that_can_be_taken_back(site: Site, people: dict[str, Person]) -> None:
    admin, text = people["admin"], written(people["admin"])
    changed = text + "  after: 1h\n"
    saved = admin.fill(EDIT, SAVE, text=changed.replace("\n", "\r\n"), reason="time to think")
    assert saved.status_code == 200 and "Saved as revision" in saved.text and "time to think" in saved.text
    assert 'after: "1h"' in written(admin) or "after: 1h" in written(admin)
    newest = json.loads(site.run("rules", "log", "--json").stdout)["items"][0]
    assert (newest["by"], newest["reason"], newest["rules"]) == ("console:the-admin", "time to think", ["confirm"])
    before = f"{PAGE}/revisions/{newest['revision'] - 1}"
    assert "after" in admin.get(before).text
    assert "Saved as revision" in admin.fill(before, f"{before}/rollback", reason="too long").text
    assert written(admin) == text
    audit = site.run("audit").stdout
    assert "rules save" in audit and "rules rollback" in audit and "console:the-admin" in audit


def _refusals(text: str) -> list[tuple[int, str, dict[str, Any]]]:
    return [
        (422, "Write why", {"text": text + "  after: 1h\n", "reason": " "}),
        (422, "Not saved: rules.yaml:", {"text": text.replace("order.number", "order.nunber"), "reason": "x"}),
        (422, "Nothing changes", {"text": text, "reason": "x"}),
        (409, "somebody changed this rule meanwhile", {"text": text + "  after: 1h\n", "reason": "x", "mark": "old"}),
        (
            422,
            "there is a rule called confirm already",
            {"text": text + "  after: 1h\n", "reason": "x", "name": "", "mark": ""},
        ),
        (413, "too long", {"text": "#" * 100_001, "reason": "x"}),
    ]


def test_what_cannot_be_saved_says_why_and_changes_nothing(site: Site, people: dict[str, Person]) -> None:
    admin, text = people["admin"], written(people["admin"])
    count = len(site.listed("rules", "log"))
    for status, said, values in _refusals(text):
        refused = admin.fill(EDIT, SAVE, **values)
        assert (refused.status_code, said in unescape(refused.text)) == (status, True), (said, refused.text)
    hidden = form(admin.get(EDIT).text, SAVE) or {}
    data = {**hidden, "text": text + "  after: 2h\n", "reason": "x"}
    assert [admin.post(SAVE, data=data).status_code for _ in "12"] == [200, 409]  # the same form counts once
    assert len(site.listed("rules", "log")) == count + 1


def test_a_new_rule_is_added_and_removed_again(site: Site, people: dict[str, Person]) -> None:
    admin = people["admin"]
    begin = "/console/rules/edit?start=feedback"
    started = unescape(admin.get(begin).text.partition("</textarea>")[0].rpartition(">")[2])
    assert "rules:" in started
    text = "rules:\n- rule: later\n  template: T\n  on: [order.fulfilled]\n"
    assert "Saved as revision" in admin.fill(begin, SAVE, text=text, reason="new").text
    there = "/console/rules/edit?name=later"
    assert there in admin.get(PAGE).text
    assert "Saved as revision" in admin.fill(there, f"{PAGE}/remove", reason="not wanted").text
    assert there not in admin.get(PAGE).text
    assert admin.get(there).status_code == admin.get(f"{PAGE}/revisions/9999").status_code == 404


def test_a_rule_with_hostile_text_is_shown_as_text(people: dict[str, Person]) -> None:
    hostile = 'rules:\n- rule: later\n  template: "</textarea><script>alert(1)</script>"\n  on: [order.fulfilled]\n'
    admin = people["admin"]
    admin.fill("/console/rules/edit?start=feedback", SAVE, text=hostile, reason="</pre><script>alert(2)</script>")
    for address in (PAGE, "/console/rules/edit?name=later"):
        assert "<script>alert" not in admin.get(address).text
    admin.fill("/console/rules/edit?name=later", f"{PAGE}/remove", reason="not wanted")


def test_reports_are_drawn_on_a_page_and_as_a_file_to_mail(people: dict[str, Person]) -> None:
    shown = people["operator"].get("/console/reports?span=7d&by=rule").text
    assert "2 orders came; none was called." in shown and "<h2>From order to confirmation</h2>" in shown
    assert "confirm" in shown and 'style="' not in shown
    answer = people["operator"].get("/console/reports/file?span=7d")
    assert answer.headers["Content-Disposition"] == "attachment; filename=vbot-report-7d.html"
    assert answer.text.startswith("<!DOCTYPE html>") and "2 orders came; none was called." in answer.text
