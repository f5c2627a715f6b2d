"""Leads end to end, against a strict Graph API over HTTP: each lead rings once, and what cannot be had says why."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.core.model import BadSignature, Request
from bridge.fake_vbot import FakeVBot
from bridge.platforms import find_platform
from bridge.receive.webhook import receive
from bridge.store import Store
from bridge.store.shops.fetches import due_fetches
from tests.receive.test_fetch import fetch
from tests.stage import NOW, Stage, later

SECRET, TOKEN, PAGE, WORD = "the-app-secret-of-the-shop", "page-token", "100000000000001", "a-word-of-the-shop"
LEAD = {
    "rule": "lead",
    "template": "HELLO",
    "on": ["order.created"],
    "advertising": True,
    "window": {"days": "mon-sun", "from": "08:00", "to": "17:00"},
    "datas": {"customer_name": "{{ customer.name }}"},
}


class FakeGraph:
    """`leads`: by id, the answers in pages. `error`: what is answered instead."""

    def __init__(self) -> None:
        self.leads: dict[str, list[list[dict[str, Any]]]] = {}
        self.error: tuple[int, dict[str, Any]] | None = None
        self.asked: list[str] = []

    def answer(self, path: str, query: dict[str, list[str]], authorization: str | None) -> tuple[int, dict[str, Any]]:
        if self.error is not None:
            return self.error
        if authorization != f"Bearer {TOKEN}":
            return 400, {"error": {"message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190}}
        version, _, name = path.strip("/").partition("/")
        if version != "v26.0" or name not in self.leads:
            gone = {"message": "Unsupported get request.", "code": 100, "error_subcode": 33}
            return 400, {"error": gone}
        pages = self.leads[name]
        number = 0
        if "fields" in query:
            number = int(query["fields"][0].removeprefix("field_data.after(").removesuffix(")"))
        data: Any = pages[number]
        if len(pages) > 1:
            last = number + 1 == len(pages)
            paging = {"cursors": {"after": str(number + 1)}, **({} if last else {"next": "https://elsewhere.test/"})}
            data = {"data": data, "paging": paging}
        return 200, {"created_time": "2026-11-23T02:59:30+0000", "id": name, "field_data": data}


@pytest.fixture
def graph() -> Iterator[tuple[FakeGraph, str]]:
    fake = FakeGraph()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked.append(self.path)
            parts = urlsplit(self.path)
            status, told = fake.answer(parts.path, parse_qs(parts.query), self.headers.get("Authorization"))
            raw = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing on the screen of whoever runs the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield fake, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def answers(number: int, name: str = "Nguyễn Thị Mẫu") -> list[dict[str, Any]]:
    return [
        {"name": "full_name", "values": [name]},
        {"name": "phone_number", "values": [f"+8490000000{number}"]},
    ]


def stage_of(store: Store, vbot: FakeVBot, url: str, **settings: Any) -> Stage:
    given = {"access_token": TOKEN, "verify_token": WORD, "page_id": PAGE, "api_url": url}
    given |= {"allow_private_addresses": True, **settings}
    source = {"id": "leads", "platform": "facebook_leads", "secrets": [SECRET], "settings": given}
    return Stage(store, vbot, LEAD, sources=[source])


def tell(stage: Stage, *leads: str, seconds: float = 0, page: str = PAGE, secret: str = SECRET) -> None:
    at = later(seconds)
    changes = [{"field": "leadgen", "value": {"leadgen_id": lead, "page_id": page}} for lead in leads]
    body = json.dumps({"object": "page", "entry": [{"id": page, "time": 1, "changes": changes}]}).encode()
    with stage.store.read() as conn:
        known = stage.catalogs.read(conn).sources["leads"]
    platform = find_platform("facebook_leads")
    assert platform
    signed = platform.sign(body, "leadgen", type(known)(known.id, known.platform, (secret,), known.settings), at)
    receive(stage.store, stage.catalogs, "leads", Request("POST", "/hooks/leads", "", signed, body), at)
    stage.decide(at)
    fetch(stage, at)
    stage.run(at)


def test_each_lead_of_a_message_rings_once_though_it_is_told_again(
    store: Store, vbot: FakeVBot, graph: tuple[FakeGraph, str]
) -> None:
    fake, url = graph
    stage = stage_of(store, vbot, url)
    fake.leads = {"11": [answers(1)], "12": [answers(2)[:1], answers(2)[1:]]}
    tell(stage, "11", "12")
    assert stage.rung() == ["0900000001", "0900000002"]
    assert [path for path in fake.asked if "?" in path] == ["/v26.0/12?fields=field_data.after%281%29"]
    tell(stage, "11", "12", seconds=60)
    tell(stage, "12", seconds=120)
    assert len(stage.calls()) == 2
    assert {call["datas"]["customer_name"] for call in stage.calls()} == {"Nguyễn Thị Mẫu"}


@pytest.mark.parametrize(
    ("error", "because"),
    [
        ((400, {"error": {"code": 190, "message": "Error validating access token"}}), "fetch_credentials"),
        ((403, {"error": {"code": 200, "message": "Permissions error"}}), "fetch_credentials"),
        ((400, {"error": {"code": 613, "message": "Calls to this api have exceeded the rate limit."}}), "rate"),
        ((400, {"error": {"code": 100, "error_subcode": 33}}), "fetch_not_found"),
        ((200, {"id": "another"}), "fetch_bad_answer"),
        ((500, {}), "fetch_no_answer"),
    ],
)
def test_a_lead_that_cannot_be_had_rings_nobody_and_says_why(
    store: Store, vbot: FakeVBot, graph: tuple[FakeGraph, str], error: Any, because: str
) -> None:
    fake, url = graph
    stage = stage_of(store, vbot, url)
    fake.error = error
    tell(stage, "11")
    assert stage.rung() == []
    with stage.store.read() as conn:
        waiting = due_fetches(conn, later(days=2), [], 10)
    if because == "fetch_credentials":
        # Trying again would not mend it; a person does, and replays.
        assert (waiting, stage.decisions()) == ([], [("lead", "skip", "not_fetched")])
    else:
        assert len(waiting) == 1


def test_another_page_another_secret_and_a_wrong_word_are_told_by_their_reasons(
    store: Store, vbot: FakeVBot, graph: tuple[FakeGraph, str]
) -> None:
    fake, url = graph
    stage = stage_of(store, vbot, url)
    fake.leads = {"11": [answers(1)]}
    tell(stage, "11", page="999")
    assert (stage.deliveries()[0]["state"], stage.deliveries()[0]["reason"]) == ("ignored", "other_seller")
    with pytest.raises(BadSignature, match="bad_signature"):
        tell(stage, "11", secret="another-app-secret")
    shake = "hub.mode=subscribe&hub.challenge=77&hub.verify_token="
    ask = Request("GET", "/hooks/leads", shake + WORD, (), b"")
    assert receive(stage.store, stage.catalogs, "leads", ask, NOW).reply.body == "77"
    for word in ("another", SECRET, ""):
        wrong = Request("GET", "/hooks/leads", shake + word, (), b"")
        with pytest.raises(BadSignature, match="bad_verify_token"):
            receive(stage.store, stage.catalogs, "leads", wrong, NOW)
    assert fake.asked == [] and stage.calls() == []
