"""Sources as people add, watch and change them, over real HTTP on both databases, with really signed deliveries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

import pytest

from bridge.core.model import Source
from bridge.platforms import find_platform, list_platforms
from bridge.store import Store, make_seal, open_store
from bridge.store.configuration.documents import read_credentials
from bridge.store.db.tables import actions, calls, revisions, sources
from tests.people import Person, Seen, form
from tests.processes import SECRETS, Site, configuration, order, wait_for

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>"""


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    opened = open_store(site.settings["DATABASE_URL"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Person]:
    with Person(site.port) as found:
        assert found.sign_in().status_code == 200
        yield found


def add(admin: Person, platform: str, **values: str) -> Any:
    address = f"/console/new-source/{platform}"
    return admin.fill(address, address, **values)


def send(site: Site, source: str, secret: str, number: int, **changes: Any) -> int:
    generic = find_platform("generic")
    assert generic is not None
    body = order(number, **changes)
    headers = list(generic.sign(body, "order.created", Source(source, "generic", (secret,), {}), datetime.now(UTC)))
    return site.ask("POST", f"/hooks/{source}", body, headers).status


def secret_of(html: str) -> str:
    return re.findall(r'value="(whsec_[^"]+)"', html)[0]


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(table.select()))


def test_a_source_is_added_and_its_first_delivery_arrives(admin: Person, site: Site, store: Store) -> None:
    added = add(admin, "generic", id="new-shop")
    secret, page = secret_of(added.text), "/console/sources/new-shop"
    assert f"http://127.0.0.1:{site.port}/hooks/new-shop" in added.text
    assert "Waiting for the first delivery" in added.text
    assert secret not in admin.get(page).text  # shown once
    assert send(site, "new-shop", "whsec_" + "A" * 32, 31) == 401
    assert "refused" in admin.get(page, headers={"X-Live": "1"}).text
    assert send(site, "new-shop", secret, 31) == 200
    live = admin.get(page, headers={"X-Live": "1"}).text
    assert "Last delivery" in live and "Waiting for the first" not in live and "<html" not in live
    listed = admin.get("/console/sources").text
    assert page in listed and "Last delivery" in listed
    revision = rows(store, revisions)[-1]
    assert (revision.origin, revision.who) == ("page", "console:admin")
    assert ("source add", "source:new-shop") in [(row.command, row.subject) for row in rows(store, actions)]
    everything = json.dumps(
        [dict(row._mapping) for row in (*rows(store, sources), *rows(store, revisions))], default=str
    )
    assert secret not in everything


def test_secrets_are_exchanged_without_a_refusal(admin: Person, site: Site) -> None:
    first = secret_of(add(admin, "generic", id="turning").text)
    page = "/console/sources/turning"
    assert admin.fill(page, f"{page}/secrets", reason="new", secret="short").status_code == 422
    second = secret_of(admin.fill(page, f"{page}/secrets", reason="every year", secret="").text)
    wait_for("the new secret", lambda: send(site, "turning", second, 41) == 200)
    assert send(site, "turning", first, 42) == 200
    assert "no longer holds" in admin.fill(page, f"{page}/secrets/1/remove", reason="done").text
    wait_for("the end of the old one", lambda: send(site, "turning", first, 43) == 401)
    assert send(site, "turning", second, 44) == 200
    assert form(admin.get(page).text, f"{page}/secrets/1/remove") is None  # one stays


def test_of_two_who_change_secrets_at_once_the_later_is_told(admin: Person, store: Store, site: Site) -> None:
    add(
        admin,
        "haravan",
        id="two-hands",
        secret="the-first-secret-of-all",
        **{"setting.access_token": "token-of-haravan"},
    )
    page = "/console/sources/two-hands"
    edit = f"{page}/settings"

    def stale(action: str, **values: str) -> None:
        """Somebody else changes the source between the form and its answer."""
        before = opened(site, store, "two-hands")
        hidden = {**(form(admin.get(page).text, action) or {}), "reason": "mine", **values}
        admin.fill(page, f"{page}/secrets", reason="theirs", secret=f"another-secret-of-{len(before['secrets'])}")
        theirs = opened(site, store, "two-hands")
        assert theirs != before
        answer = admin.post(action, data=hidden)
        assert (answer.status_code, "somebody changed this source meanwhile" in answer.text) == (409, True)
        assert opened(site, store, "two-hands") == theirs

    stale(f"{page}/secrets", secret="my-own-secret-of-the-shop")
    stale(f"{page}/secrets/1/remove")
    stale(edit, **{"setting.access_token": "my-own-token-of-haravan"})
    hidden = {**(form(admin.get(page).text, edit) or {}), "reason": "mine"}
    admin.fill(page, edit, reason="theirs", **{"setting.access_token": "their-token-of-haravan"})
    assert admin.post(edit, data={**hidden, "setting.access_token": "my-token-of-haravan"}).status_code == 409
    assert opened(site, store, "two-hands")["settings"] == {"access_token": "their-token-of-haravan"}


def test_switching_off_says_how_many_calls_end_and_drift_is_named(
    admin: Person, site: Site, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = secret_of(add(admin, "generic", id="closing").text)
    page, worker = "/console/sources/closing", site.start_worker()
    assert send(site, "closing", secret, 51) == 200

    def waiting() -> list[Any]:
        mine = [row for row in rows(store, calls) if row.source_id == "closing"]
        return [row for row in mine if row.state in ("waiting", "queued")]

    wait_for("its call", waiting)
    worker.end()
    html = admin.get(page).text
    assert "1 waiting call(s) of this source end" in html
    hidden = form(html, f"{page}/switch")
    assert hidden is not None
    stale = admin.post(f"{page}/switch", data={**hidden, "ends": "0", "reason": "x"})
    assert stale.status_code == 409 and waiting()
    assert "is off" in admin.post(f"{page}/switch", data={**hidden, "reason": "moved"}).text
    assert not waiting()
    wait_for("its being ignored", lambda: send(site, "closing", secret, 52) == 200)
    assert "is on" in admin.fill(page, f"{page}/switch", reason="back").text
    file = tmp_path_factory.mktemp("files") / "shops.json"
    file.write_text(json.dumps(configuration()))
    plan = site.run("apply", str(file), "--plan", "--prune", **{"BRIDGE_LANG": "en"})
    assert plan.returncode == 3
    assert re.search(r"(?m)^.*closing.*$", plan.stdout + plan.stderr), plan.stdout


def test_a_source_of_files_keeps_its_placeholder_and_its_secret(admin: Person, site: Site, store: Store) -> None:
    page = "/console/sources/off"
    assert "is on" in admin.fill(page, f"{page}/switch", reason="season").text
    body = order(61)
    wait_for("its first order", lambda: site.send("off", body).status == 200)
    admin.fill(page, f"{page}/switch", reason="over")
    stored = {row.id: row.document for row in rows(store, sources)}
    assert stored["off"]["enabled"] is False and SECRETS["off"] not in json.dumps(stored)


@pytest.mark.parametrize("platform", [found.name for found in list_platforms()])
def test_every_platform_has_its_form_and_its_steps(admin: Person, platform: str) -> None:
    html = admin.get(f"/console/new-source/{platform}").text
    assert "https://HOST" not in html and "lan-shop" not in html
    if 'name="secret" type="password" autocomplete="off" maxlength="2000" required' in html:
        assert add(admin, platform, id="without").status_code == 422
    needed = re.findall(r'name="(setting\.[a-z_]+)"[^>]* required', html)
    source = f"a-{platform.replace('_', '-')}"
    settings = {name: "https://a.example" if name.endswith("url") else "a-value-of-the-shop" for name in needed}
    settings |= {name: "a-hidden-value" for name in needed if f'name="{name}" type="password"' in html}
    added = add(admin, platform, id=source, secret="a-secret-of-the-shop", **settings)
    assert added.status_code == 200, Seen(added.text).words
    assert f"/hooks/{source}" in added.text and "a-secret-of-the-shop" not in added.text
    shown = admin.get(f"/console/sources/{source}", headers={"Accept-Language": "vi"}).text
    assert "a-hidden-value" not in shown
    assert "https://HOST" not in shown and "lan-shop" not in shown


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"id": "shop"}, 409),
        ({"id": "Shop"}, 422),
        ({"id": HOSTILE}, 422),
        ({"id": "bad-one", "secret": "short"}, 422),
        ({"id": "bad-one", "secret": "${BRIDGE_SECRET_KEY}-long-enough"}, 422),
        ({"id": "bad-one", "setting.fields": "nobody: knows"}, 422),
        ({"id": "bad-one", "setting.topics": "a: [1"}, 422),
        ({"id": "bad-one", "setting.topics": "- a list"}, 422),
        ({"id": "bad-one", "setting.topics": f"'{HOSTILE}': nope"}, 422),
        ({"id": "bad-one", "setting.api_url": HOSTILE}, 422),
        ({"id": "bad-one", "source.timezone": HOSTILE}, 422),
    ],
)
def test_what_cannot_be_a_source_is_refused_and_nothing_is_stored(
    admin: Person, store: Store, values: dict[str, str], status: int
) -> None:
    before = len(rows(store, sources))
    refused = add(admin, "generic", **values)
    assert refused.status_code == status
    assert "img" not in Seen(refused.text).tags
    assert len(rows(store, sources)) == before


def wrong_at(html: str, name: str) -> str:
    """What the page says beside the field of this name; "" where the field is not marked as wrong."""
    found = re.search(rf'name="{re.escape(name)}"[^>]* aria-invalid="true" aria-describedby="([^"]+)"', html)
    said = re.search(rf'id="{found[1]}">([^<]*)<', html) if found else None
    return unescape(said[1]) if said else ""


def document(store: Store, source: str) -> dict[str, Any]:
    return dict(next(row.document for row in rows(store, sources) if row.id == source))


@pytest.mark.parametrize("typed", ["nan", "NaN", "inf", "-inf", "1e999", "0", "721", "1,5", "một"])
def test_a_number_is_one(admin: Person, store: Store, typed: str) -> None:
    refused = add(admin, "ghn", id="a-carrier", secret="a-secret-of-the-shop", **{"setting.return_hours": typed})
    assert refused.status_code == 422
    assert wrong_at(refused.text, "setting.return_hours").startswith("must be ")
    assert f'value="{typed}"' in refused.text
    assert "a-carrier" not in [row.id for row in rows(store, sources)]


def test_what_is_wrong_is_said_at_its_field_beside_what_was_typed(admin: Person, store: Store) -> None:
    typed = {"setting.api_url": "ftp://shop", "setting.cod_names": "Trả sau\r\nCOD", "source.max_per_day": "many"}
    refused = add(admin, "haravan", id="Shop!", secret="short", **typed)
    assert refused.status_code == 422
    assert "a-z" in wrong_at(refused.text, "id") and "characters" in wrong_at(refused.text, "secret")
    assert "https://" in wrong_at(refused.text, "setting.api_url")
    assert wrong_at(refused.text, "source.max_per_day") == "must be a whole number"
    assert wrong_at(refused.text, "setting.cod_names") == ""
    assert ">Trả sau\nCOD<" in refused.text and 'value="Shop!"' in refused.text and "short" not in refused.text


def test_settings_are_changed_and_secrets_are_only_ever_written(admin: Person, site: Site, store: Store) -> None:
    added = add(admin, "haravan", id="kept", secret="a-secret-of-the-shop", **{"setting.access_token": "token-one-x"})
    assert added.status_code == 200
    page = "/console/sources/kept"
    action = f"{page}/settings"

    def save(**values: str) -> Any:
        return admin.fill(page, action, **{"reason": "a test", **values})

    assert "token-one-x" not in admin.get(page).text and 'name="clear.setting.access_token"' in admin.get(page).text
    assert "are saved" in save(**{"setting.cod_names": "Trả sau\r\nTrả tiền mặt", "source.max_per_day": "20"}).text
    now = document(store, "kept")
    assert now["settings"] == {"access_token": "…", "cod_names": ["Trả sau", "Trả tiền mặt"]}
    assert now["max_per_day"] == 20
    held = ">Trả sau\nTrả tiền mặt<"
    assert held in admin.get(page).text
    refused = save(**{"setting.cod_names": "Trả sau", "source.country": "Vietnam"})
    assert refused.status_code == 422 and "two capital letters" in wrong_at(refused.text, "source.country")
    assert ">Trả sau<" in refused.text and document(store, "kept") == now
    again = {"setting.cod_names": "Trả sau\nTrả tiền mặt", "source.max_per_day": "20"}
    nothing = save(**again)
    assert nothing.status_code == 422 and "Nothing changes" in nothing.text
    assert "are saved" in save(**again, **{"setting.access_token": "token-two-y"}).text
    assert opened(site, store, "kept")["settings"] == {"access_token": "token-two-y"}
    assert "are saved" in save(**again, **{"clear.setting.access_token": "1"}).text
    assert opened(site, store, "kept") == {"secrets": ["a-secret-of-the-shop"], "settings": {}}
    everything = json.dumps(
        [dict(row._mapping) for table in (sources, revisions, actions) for row in rows(store, table)], default=str
    )
    assert "token-one-x" not in everything and "token-two-y" not in everything
    stale = {**(form(admin.get(page).text, action) or {}), "reason": "late", "source.country": "TH"}
    assert "are saved" in save(**{"source.country": "LA"}).text
    late = admin.post(action, data=stale)
    assert late.status_code == 409 and "somebody changed this source" in late.text
    once = {**(form(admin.get(page).text, action) or {}), "reason": "twice", "source.country": "TH"}
    assert admin.post(action, data=once).status_code == 200
    twice = admin.post(action, data=once)
    assert twice.status_code == 409 and "sent already" in twice.text


def opened(site: Site, store: Store, source: str) -> Any:
    """The credentials of a source in clear."""
    with store.read() as conn:
        return read_credentials(conn, make_seal((site.settings["BRIDGE_SECRET_KEY"],)), source)


def test_a_carrier_names_the_shops_whose_orders_it_carries(admin: Person, store: Store) -> None:
    refused = add(admin, "ghn", id="ghn-bad", **{"setting.orders_of": "shop\nshopp"})
    assert refused.status_code == 422 and "shop" in wrong_at(refused.text, "setting.orders_of")
    assert add(admin, "ghn", id="ghn-good", **{"setting.orders_of": "shop"}).status_code == 200
    assert document(store, "ghn-good")["settings"] == {"orders_of": ["shop"]}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_way_through_a_shops_admin_that_the_steps_tell_is_drawn_too(site: Site, language: str) -> None:
    drawn = {}
    with Person(site.port, language) as admin:
        assert admin.sign_in().status_code == 200
        for platform in list_platforms():
            steps = [step for step in platform.about.steps if "→" in step.english]
            assert all(step.screen for step in steps), platform.name
            address = f"/console/new-source/{platform.name}"
            source = f"drawn-{language}-{platform.name.replace('_', '-')}"
            asked = admin.get(address).text
            needed = re.findall(r'name="(setting\.[a-z_]+)"[^>]* required', asked)
            settings = {name: "https://a.example" if name.endswith("url") else "a-value" for name in needed}
            page = admin.fill(address, address, id=source, secret="a-secret-of-the-shop", **settings).text
            for step in platform.about.steps:
                if step.screen:
                    drawn[platform.name] = page.count('<figure class="screen">')
                    for menu in step.screen.path:
                        assert f"<li>{escape(menu)}</li>" in page, (platform.name, menu)
            told = page.partition('class="guide"')[2].partition("</details>")[0]
            assert "shops.yaml" not in told and "`check`" not in told, platform.name
    assert len(drawn) >= 8 and all(drawn.values())


def test_a_word_of_the_shops_own_is_learned_where_it_is_shown(admin: Person, site: Site, store: Store) -> None:
    secret, page = secret_of(add(admin, "generic", id="words").text), "/console/sources/words"
    worker = site.start_worker()
    assert send(site, "words", secret, 71, status="Chốt sổ") == 200
    wait_for("the unknown state", lambda: "Chốt sổ" in admin.get(page).text)
    worker.end()
    action = f"{page}/learn"
    assert admin.fill(page, action, setting="states", word="Chốt sổ", meaning="x").status_code == 422
    assert admin.fill(page, action, setting="secrets", word="x", meaning="open").status_code == 422
    told = admin.fill(page, action, setting="states", word="Chốt sổ", meaning="paid").text
    assert "is known now" in told
    again = {row.id: row.document for row in rows(store, sources)}["words"]
    assert again["settings"] == {"states": {"Chốt sổ": "paid"}} and secret not in json.dumps(again)
    admin.fill(page, action, setting="cod_names", word=HOSTILE, meaning="")
    assert "img" not in Seen(admin.get(page).text).tags
    wait_for("its secret still holds", lambda: send(site, "words", secret, 72) == 200)
