"""The fake VBot's calls come to an end: results that are posted, and records that can be asked for."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot, People, Settings, main
from bridge.fake_vbot.people import ENDINGS, Ending, choose_ending, result_bodies, write_record
from bridge.lib.http import NotSent
from bridge.lib.jsonschema import problems
from bridge.vbot.results import read_result
from tests.fake_vbot.test_fake import ask
from tests.processes import wait_for
from tests.stage import NOW

CALL = {"call_id": "CALL_1", "external_call_id": "a1", "phone": "0900000001", "hotline_code": "H", "template_code": "T"}
JSON = {"Content-Type": "application/json"}
KEY = {"X-API-Key": "fake-token"}


class Listener(ThreadingHTTPServer):
    """What stands at the address of the results: keeps whatever is posted."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, bytes]] = []
        super().__init__(("127.0.0.1", 0), _Hears)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/vbot/results"


class _Hears(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@contextlib.contextmanager
def talking(generation: str, listener: Listener | None) -> Iterator[FakeVBot]:
    url = listener.url if listener else None
    people = People(seed="7", seconds=(0.01, 0.05), results_to=url, authorization="told-by-vbot")
    with FakeVBot(Settings(generation=generation), people=people) as vbot:
        yield vbot


def place(vbot: FakeVBot, number: int) -> None:
    wanted = {
        "phone": f"09000{number:05d}",
        "hotline_code": "H",
        "template_code": "T",
        "external_call_id": f"a{number}",
    }
    if vbot.settings.generation == "v3":
        answer = ask("POST", vbot.url + "/m-auto-call/api/call/create", wanted, KEY | JSON)
    else:
        who = {"vbot_id": vbot.settings.vbot_id, "project_code": vbot.settings.project_code}
        headers = {"Authorization": f"Bearer {vbot.settings.token}"} | JSON
        answer = ask("POST", vbot.url + "/api/campaignCall/callConfirm/insert", wanted | who, headers)
    assert answer.status == 200


def get(vbot: FakeVBot, what: str, headers: dict[str, str] | None = None, **query: object) -> Any:
    requested = "&".join(f"{name}={value}" for name, value in query.items())
    answer = ask("GET", f"{vbot.url}/m-auto-call/api/cdr/{what}?{requested}", headers=headers or KEY)
    return answer.status, json.loads(answer.body)


def listed(vbot: FakeVBot, **query: object) -> list[str]:
    status, answer = get(vbot, "get-all", **{"page": 1, "size": 10, **query})
    assert (status, answer["errorCode"]) == (200, 0)
    return [record["externalCallId"] for record in answer["data"]]


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_every_accepted_call_is_told_with_the_authorization_and_as_its_record_says(
    generation: str, listener: Listener
) -> None:
    with talking(generation, listener) as vbot:
        for number in range(25):
            place(vbot, number)
        wait_for("the results", lambda: len(_ends(listener)) == 25)
        records = {record["externalCallId"]: record for record in vbot.records}
    assert {(path, said) for path, said, _ in listener.received} == {("/vbot/results", "told-by-vbot")}
    words = {"ANSWER": "answered", "NOANSWER": "no_answer", "BUSY": "busy", "CANCEL": "failed"}
    for attempt, (word, keys) in _ends(listener).items():
        assert (word, keys) == (words[records[attempt]["disposition"]], records[attempt]["inputLog"])


def _ends(listener: Listener) -> dict[str, tuple[str, str]]:
    reports = [read_result(body) for _, _, body in listener.received]
    return {str(one.external_call_id): (one.end.word, one.end.keys) for one in reports if one.end}


def test_the_same_seed_gives_the_same_people_and_each_ending_has_its_share() -> None:
    people = People(seed="1")
    phones = [f"09{n:08d}" for n in range(2000)]
    ends = [choose_ending(people, phone, 1) for phone in phones]
    assert ends == [choose_ending(People(seed="1"), phone, 1) for phone in phones]
    assert ends != [choose_ending(People(seed="2"), phone, 1) for phone in phones]
    assert ends != [choose_ending(people, phone, 2) for phone in phones]
    found = Counter((one.disposition, one.keys) for one in ends)
    assert set(found) == set(ENDINGS)
    assert all(abs(found[ending] / 20 - share) < 4 for ending, share in ENDINGS.items())
    assert all(1.0 <= one.seconds <= 4.0 for one in ends)


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_results_come_whole_in_parts_again_and_in_any_order_in_documented_shapes(generation: str) -> None:
    shapes: Counter[str] = Counter()
    orders: set[bool] = set()
    repeats = 0
    for number in range(200):
        ending = Ending("ANSWER", "1", 30) if number % 2 else Ending("NOANSWER", "", 30)
        record = write_record({**CALL, "call_id": f"CALL_{number}"}, ending, NOW.timestamp(), NOW.timestamp() + 30)
        bodies = result_bodies(generation, record, "1")
        assert any(read_result(body).end for body in bodies)
        repeats += len(bodies) - len(set(bodies))
        names = [_shape(json.loads(body)) for body in bodies]
        shapes.update(names)
        orders.add(names[0] in ("log", "complete", "campaign"))
        for body, name in zip(bodies, names, strict=True):
            assert problems(json.loads(body), f"vbot/results/{name}") == []
            assert read_result(body).external_call_id == "a1"
    wanted = {"v1": {"campaign", "log"}, "v2": {"log"}, "v3": {"complete", "log", "extraction", "recording"}}
    assert set(shapes) == wanted[generation]
    assert repeats > 0
    assert orders == ({True, False} if generation == "v3" else {True})


def _shape(document: dict[str, Any]) -> str:
    for field, name in (("autoCallLog", "complete"), ("event_data", "campaign"), ("disposition", "log")):
        if field in document:
            return name
    return "recording" if "recordUrl" in document else "extraction"


def test_a_record_is_written_when_the_call_has_ended_and_not_before() -> None:
    with FakeVBot(Settings(generation="v3")) as vbot:
        place(vbot, 1)
        assert (len(vbot.calls), listed(vbot)) == (1, [])
        vbot.end_call("a1", "NOANSWER", created_at=NOW)
        assert listed(vbot) == ["a1"]


def test_records_are_filtered_paged_and_counted() -> None:
    with FakeVBot(Settings(generation="v3")) as vbot:
        for number in range(25):
            place(vbot, number)
            disposition = "BUSY" if number % 5 == 0 else "ANSWER"
            vbot.end_call(f"a{number}", disposition, created_at=NOW + timedelta(minutes=number))
        assert listed(vbot) == [f"a{number}" for number in range(24, 14, -1)]
        assert listed(vbot, page=3) == [f"a{number}" for number in range(4, -1, -1)]
        assert listed(vbot, page=4) == []
        assert len(listed(vbot, size=50)) == 10
        assert listed(vbot, key_search="0900000007") == ["a7"]
        assert listed(vbot, disposition_search="BUSY") == ["a20", "a15", "a10", "a5", "a0"]
        span = {"start_date": _ms(NOW + timedelta(minutes=3)), "end_date": _ms(NOW + timedelta(minutes=4))}
        assert listed(vbot, **span) == ["a4", "a3"]
        assert listed(vbot, template_script_code="OTHER") == listed(vbot, hotline="OTHER") == []
        assert get(vbot, "count")[1]["data"] == 25
        assert get(vbot, "count", **span)[1]["data"] == 2


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def test_records_are_told_to_the_key_alone_and_strictly() -> None:
    with FakeVBot(Settings(generation="v3")) as vbot:
        place(vbot, 1)
        vbot.end_call("a1", "ANSWER", created_at=NOW)
        assert get(vbot, "get-all", {"X-API-Key": "other"}, page=1, size=10)[0] == 401
        for query in ({}, {"page": 1}, {"page": 1, "size": 10, "color": "red"}, {"page": 0, "size": 10},
                      {"page": "x", "size": 10}, {"page": 1, "size": 10, "start_date": "2026-11-23"}):  # fmt: skip
            assert get(vbot, "get-all", **query)[1]["errorCode"] != 0, query
        vbot.fault("not_allowed", on="records")
        assert get(vbot, "get-all", page=1, size=10) == (
            200,
            {"status": 803, "msg": "Not allowed", "errorCode": 803, "data": None},
        )
        assert get(vbot, "count")[1]["errorCode"] == 0


@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_the_older_generations_have_no_records(generation: str) -> None:
    with FakeVBot(Settings(generation=generation)) as vbot:
        assert ask("GET", vbot.url + "/m-auto-call/api/cdr/get-all?page=1&size=10").status == 404


def test_without_people_no_call_ends_by_itself_and_without_an_address_none_is_told() -> None:
    with FakeVBot() as vbot:
        place(vbot, 1)
        assert vbot.records == []
    with talking("v3", None) as vbot:
        place(vbot, 1)
        wait_for("its record", lambda: vbot.records)


def test_the_command_line_takes_people_and_where_results_go(listener: Listener, free_port: int) -> None:
    options = ["--port", str(free_port), "--people", "7", "--results-to", listener.url, "--results-auth", "told"]
    threading.Thread(target=main, args=(options,), daemon=True).start()
    url = f"http://127.0.0.1:{free_port}"
    wait_for("the fake", lambda: _answers(url))
    who = {"vbot_id": "vbot-1", "project_code": "SHOP", "external_call_id": "a1"}
    wanted = {"phone": "0900000001", "hotline_code": "H", "template_code": "T"}
    headers = {"Authorization": "Bearer fake-token"} | JSON
    assert ask("POST", url + "/api/campaignCall/callConfirm/insert", wanted | who, headers).status == 200
    wait_for("a result", lambda: listener.received)
    assert listener.received[0][1] == "told"
    wait_for("a record", lambda: json.loads(ask("GET", url + "/_fake/records").body)["records"])


def _answers(url: str) -> bool:
    try:
        return bool(ask("GET", url + "/_fake/calls").status == 200)
    except NotSent:
        return False
