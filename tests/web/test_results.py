"""Where VBot knocks, over real sockets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.store import open_store
from bridge.store.db.tables import results
from tests.processes import Answer, Fake, Site, configure, configured_postgres, open_site, order, start_fake, wait_for

AUTH = "value that VBot sends back"
RULE = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "window": {"from": "00:00", "to": "24:00"},
    "answers": {"1": "confirmed"},
}


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fake]:
    with start_fake(tmp_path_factory.mktemp("vbot")) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def listening(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fake: Fake) -> Iterator[Site]:
    """A bridge that VBot may tell its results."""
    folder = tmp_path_factory.mktemp("listening")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "bridge.db")
        yield from _serve(folder, f"sqlite:///{folder / 'bridge.db'}", fake)
        return
    with configured_postgres(request.getfixturevalue("postgres_server")) as url:
        yield from _serve(folder, url, fake)


def _serve(folder: Path, url: str, fake: Fake) -> Iterator[Site]:
    configure(url, RULE)
    with open_site(folder, url, fake.url, VBOT_WEBHOOK_AUTH=AUTH) as site:
        site.start_web()
        yield site


def tell(site: Site, body: bytes, auth: str | None = AUTH) -> Answer:
    return site.ask("POST", "/vbot/results", body, [("Authorization", auth)] if auth is not None else [])


def stored(site: Site) -> list[tuple[bytes, int]]:
    opened = open_store(site.settings["DATABASE_URL"])
    try:
        with opened.read() as conn:
            return [
                tuple(row) for row in conn.execute(select(results.c.body, results.c.repeats).order_by(results.c.id))
            ]
    finally:
        opened.close()


def test_there_is_nothing_while_the_setting_is_not_set(site: Site) -> None:
    answer = tell(site, b"{}")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("auth", [None, "", "other", AUTH + "x", AUTH[:-1], AUTH.upper(), f"Bearer {AUTH}", "ê"])
def test_another_authorization_is_401_and_nothing_is_stored(listening: Site, auth: str | None) -> None:
    before = stored(listening)
    answer = tell(listening, b'{"from": "nobody"}', auth)
    assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json")
    assert AUTH not in answer.body.decode()
    assert stored(listening) == before


@pytest.mark.parametrize(
    "body", [b'{"disposition": "ANSWER", "externalCallId": "ffff"}', b"{no json", b"", b"\xff\x00"]
)
def test_whatever_comes_with_it_is_stored_as_it_came_and_answered_200(listening: Site, body: bytes) -> None:
    first, again = tell(listening, body), tell(listening, body)
    assert (first.status, again.status) == (200, 200)
    assert stored(listening).count((body, 1)) == 1


def test_a_body_over_1_mb_is_413(listening: Site) -> None:
    before = stored(listening)
    assert tell(listening, b" " * 1_048_577).status == 413
    assert stored(listening) == before
    assert tell(listening, b" " * 1_048_576).status == 200


def test_only_post_is_taken(listening: Site) -> None:
    assert listening.ask("GET", "/vbot/results").status == 405


def test_no_log_line_holds_the_body_or_the_value(listening: Site) -> None:
    tell(listening, b'{"phone": "0900000077", "voiceText": "secret words"}')
    said = "".join(one.said() for one in listening.running)
    assert "result stored result=" in said
    for hidden in (AUTH, "0900000077", "secret words"):
        assert hidden not in said


def test_an_order_ends_confirmed_from_hook_to_result(listening: Site, fake: Fake) -> None:
    rung = len(fake.rung())
    worker = listening.start_worker()
    assert listening.send("shop", order(7)).status == 200
    wait_for("a ring", lambda: len(fake.rung()) > rung)
    attempt = fake.rung()[-1]["external_call_id"]
    body = json.dumps({"autoCallLog": {"externalCallId": attempt, "disposition": "ANSWER", "inputLog": "1"}}).encode()
    assert tell(listening, body).status == 200
    wait_for("the end", lambda: listening.listed("calls")[-1]["state"] == "finished")
    call = listening.listed("calls")[-1]
    assert (call["result"], call["key"]) == ("confirmed", "1")
    told = listening.run("explain", "DH-7", "--lang", "en").stdout
    assert "The customer confirmed with key 1." in told
    assert worker.end() == 0
