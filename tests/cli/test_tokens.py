"""tokens: made and revoked by the command line, and what each may ask of the API at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bridge.core.words import TOKEN_SCOPES
from bridge.settings import read_config
from bridge.store.db.tables import api_tokens
from bridge.store.operation.actions import list_actions
from bridge.store.people.api_tokens import LAST_USE_EVERY
from bridge.web import create_app
from tests.api import TOKEN, Ask, serve_api, settings_for
from tests.cli.conftest import Cli
from tests.stage import Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
KEY = {"Idempotency-Key": "k"}
CALL = {"phone": "0912345678", "template": "HELLO", "datas": {"name": "Hoa"}, "window": "always"}

Add = Callable[..., str]


@pytest.fixture
def ask(stage: Stage) -> Iterator[Ask]:
    stage.vbot.template("HELLO", {"cfkey": "name"})
    with serve_api(stage.store, API_TOKEN=TOKEN, **settings_for(stage.vbot)) as asked:
        yield asked


@pytest.fixture
def add(cli: Cli) -> Add:
    def make(name: str, *scopes: str, **options: str) -> str:
        words = [word for scope in scopes for word in ("--scope", scope)]
        words += [word for key, value in options.items() for word in (f"--{key}", value)]
        done = cli("tokens", "add", name, *words)
        assert (done.returncode, name in done.stderr) == (0, True), done.stderr
        return done.stdout.strip()

    return make


def change(stage: Stage, name: str, **values: Any) -> None:
    with stage.store.write() as conn:
        conn.execute(api_tokens.update().where(api_tokens.c.name == name).values(**values))


@ON_BOTH
def test_a_token_may_do_what_its_scopes_say_and_nothing_else(stage: Stage, send: Any, ask: Ask, add: Add) -> None:
    send()
    tokens = {scope: add(scope, scope) for scope in TOKEN_SCOPES}
    asked = {
        "read": ("GET", "/calls", None),
        "call": ("POST", "/calls", CALL),
        "replay": ("POST", "/deliveries/1/replay", None),
    }
    for needed, (method, path, body) in asked.items():
        for scope, token in tokens.items():
            status, headers, document = ask(method, path, body, token, **KEY)
            if scope == needed:
                assert status in (200, 201), document
                continue
            assert (status, headers["Content-Type"]) == (403, "application/problem+json")
            assert (document["reason"], document["scope"]) == ("scope_missing", needed)
            assert needed in document["detail"] and needed in headers["WWW-Authenticate"]
    assert all(ask("GET", "/openapi.json", None, token)[0] == 200 for token in tokens.values())
    app = create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32}), stage.store)
    for scope, token in tokens.items():
        answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == (200 if scope == "metrics" else 403)


@ON_BOTH
def test_a_revoked_an_expired_and_an_unknown_token_are_401_at_once(stage: Stage, ask: Ask, add: Add, cli: Cli) -> None:
    token, short = add("one", "read"), add("two", "read", expires="1h")
    with serve_api(stage.store) as another:  # a web process without API_TOKEN, on the same database
        for web in (ask, another):
            assert [web("GET", "/calls", None, each)[0] for each in (token, short)] == [200, 200]
        assert cli("tokens", "revoke", "one", "--reason", "it leaked").returncode == 0
        change(stage, "two", expires_at=datetime.now(UTC) - timedelta(seconds=1))
        for web in (ask, another):
            told = [web("GET", "/calls", None, each) for each in (token, short, token[:-1], "vbb_", "é", TOKEN)]
            assert [document.get("reason") for _, _, document in told[:5]] == [
                *("token_revoked", "token_expired"),
                *["token_unknown"] * 3,
            ]
            assert {status for status, _, _ in told[:5]} == {401}
            assert all(headers["WWW-Authenticate"] == "Bearer" for _, headers, _ in told[:5])
            assert told[5][0] == (200 if web is ask else 401)


@ON_BOTH
def test_only_a_digest_of_a_token_is_stored_and_every_act_is_recorded_under_its_name(
    stage: Stage, ask: Ask, add: Add, cli: Cli
) -> None:
    token = add("shop", "call", "read")
    with stage.store.read() as conn:
        assert token not in str(conn.execute(select(api_tokens)).all())
    ask("POST", "/calls", CALL, token, **KEY)
    cli("tokens", "revoke", "shop", "--reason", "moved")
    with stage.store.read() as conn:
        acts = [(act.what, act.on, act.reason) for act in list_actions(conn, 9)]
        (mine,) = [act.who for act in list_actions(conn, 9) if act.what == "call"]
    assert acts == [
        ("tokens revoke", "token:shop", "moved"),
        ("call", "call:1", ""),
        ("tokens add", "token:shop", "read, call"),
    ]
    assert mine == "token:shop"


def test_phones_are_whole_for_the_scope_phones_alone(send: Any, ask: Ask, add: Add) -> None:
    blind, seeing = add("blind", "read", "call"), add("seeing", "read", "phones")
    assert ask("POST", "/calls", CALL, blind, **KEY)[2]["phone"] == "09••••••78"
    assert ask("POST", "/calls", CALL, blind, **KEY)[2]["phone"] == "09••••••78"
    send()
    for token, shown in ((blind, "09••••••78"), (seeing, "0912345678"), (TOKEN, "0912345678")):
        assert ask("GET", "/calls/1", None, token)[2]["phone"] == shown
        assert shown in {call["phone"] for call in ask("GET", "/calls", None, token)[2]["items"]}
        story = ask("GET", "/orders/shop/id-1", None, token)[2]
        assert ("•" in story["calls"][0]["phone"]) == (token == blind)


def test_two_tokens_may_use_the_same_idempotency_key(stage: Stage, ask: Ask, add: Add) -> None:
    one, two = add("one", "call"), add("two", "call")
    told = [ask("POST", "/calls", CALL, token, **KEY) for token in (one, two, TOKEN, one, two)]
    assert [status for status, _, _ in told] == [201, 201, 201, 200, 200]
    ids = [document["id"] for _, _, document in told]
    assert (len(set(ids[:3])), ids[3:]) == (3, ids[:2])


def test_the_list_shows_who_may_do_what_until_when_and_its_last_use(
    stage: Stage, ask: Ask, add: Add, cli: Cli, listed: Any
) -> None:
    token = add("one", "phones", "read", expires="never")
    add("two", "metrics", expires="90d")
    newer, older = listed("tokens", "list")["items"]
    assert (older["name"], older["standing"], older["scopes"]) == ("one", "valid", ["read", "phones"])
    assert (older["expires_at"], older["last_used_at"], older["revoked_at"]) == (None, None, None)
    span = datetime.fromisoformat(newer["expires_at"]) - datetime.fromisoformat(newer["created_at"])
    assert span == timedelta(days=90)
    ask("GET", "/calls", None, token)
    used = listed("tokens", "list")["items"][1]["last_used_at"]
    ask("GET", "/calls", None, token)
    assert listed("tokens", "list")["items"][1]["last_used_at"] == used is not None
    change(stage, "one", last_used_at=datetime.fromisoformat(used) - LAST_USE_EVERY)
    ask("GET", "/calls", None, token)
    assert listed("tokens", "list")["items"][1]["last_used_at"] >= used
    table = cli("tokens", "list", "--lang", "vi").stdout
    assert "còn hiệu lực" in table and "chưa dùng" in table and token not in table


def test_doctor_names_a_token_in_use_that_ends_soon_or_has_ended(stage: Stage, ask: Ask, add: Add, listed: Any) -> None:
    for name in ("soon", "over", "long", "unused", "gone", "old"):
        token = add(name, "read")
        if name != "unused":
            ask("GET", "/calls", None, token)
    now = datetime.now(UTC)
    for name, days in (("soon", 3), ("over", -3), ("unused", 3), ("gone", 3), ("old", -30)):
        change(stage, name, expires_at=now + timedelta(days=days))
    change(stage, "gone", revoked_at=now)
    told = {line["what"]: line for line in listed("doctor")["items"] if line["what"].startswith("token ")}
    assert {what: line["standing"] for what, line in told.items()} == {"token soon": "warn", "token over": "warn"}
    assert "ends at" in told["token soon"]["says"] and "ended at" in told["token over"]["says"]
    assert "tokens add" in told["token soon"]["mend"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "Kho hàng", "--scope", "read"), 2, "characters a-z"),
        (("add", "x"), 2, "--scope"),
        (("add", "x", "--scope", "all"), 2, "read"),
        (("add", "x", "--scope", "read", "--expires", "0"), 2, "90d"),
        (("add", "x", "--scope", "read", "--expires", "soon"), 2, "90d"),
        (("add", "taken", "--scope", "read"), 1, "another name"),
        (("revoke", "nobody"), 1, "tokens list"),
        (("revoke", "taken"), 1, "tokens list"),
    ],
)
def test_what_cannot_be_done_says_what_to_write(
    add: Add, cli: Cli, words: tuple[str, ...], code: int, says: str
) -> None:
    if "taken" in words:
        add("taken", "read")
        cli("tokens", "revoke", "taken")
    done = cli("tokens", *words, "--lang", "en")
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr and done.stderr.count("\n") == 1
