"""Lists at the console: looked at, started once, stopped; over real HTTP on both databases, with a fake VBot."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bridge.fake_vbot import FakeVBot
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.db.tables import actions, calls
from bridge.store.people.dnc import add_numbers
from bridge.store.results import store_result
from tests.people import PASSWORD, Person, Seen, form
from tests.processes import Site, open_site
from tests.stage import NOW, RULE, Stage, order

PAGE = "/console/batches"
A, B, C, D = (f"091234567{n}" for n in range(4))
HOSTILE = "<script>alert(1)</script>{{7*7}}"
WANTED = {"template": "HELLO", "hotline": "", "name": "", "opens": "00:00", "closes": "23:59"}


@pytest.fixture
def site(store: Store, migrated_url: str, tmp_path: Path) -> Iterator[Site]:
    """A web whose VBot knows the template HELLO with the custom fields name and code; no worker."""
    with FakeVBot() as vbot:
        vbot.template("HELLO", {"cfkey": "name", "isRequired": False}, {"cfkey": "code"})
        Stage(store, vbot)
        account = vbot.account()
        known = {"VBOT_TOKEN": account.token or "", "VBOT_ID": account.vbot_id}
        known |= {"VBOT_PROJECT_CODE": account.project_code, "CONSOLE_PASSWORD": PASSWORD}
        with open_site(tmp_path, migrated_url, account.url, **known) as site:
            site.start_web()
            yield site


@pytest.fixture
def person(site: Site) -> Iterator[Person]:
    with contextlib.closing(Person(site.port)) as found:
        assert found.sign_in().status_code == 200
        yield found


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(table.select().order_by(table.c.id)))


def upload(person: Person, content: bytes, file: str = "list.csv", **wanted: str) -> Any:
    hidden = form(person.get(PAGE).text, f"{PAGE}/preview")
    assert hidden is not None
    return person.post(f"{PAGE}/preview", data={**hidden, **WANTED, **wanted}, files={"file": (file, content)})


def start(person: Person, html: str, **values: str) -> Any:
    hidden = form(html, f"{PAGE}/start")
    assert hidden is not None
    return person.post(f"{PAGE}/start", data={**hidden, **values})


def workbook(*lines: list[Any]) -> bytes:
    made, file = Workbook(), io.BytesIO()
    for line in lines:
        made.active.append(line)
    made.save(file)
    return file.getvalue()


def test_a_list_is_looked_at_then_started_once_then_stopped(person: Person, store: Store) -> None:
    with store.write() as conn:
        add_numbers(conn, [C], "asked", NOW)
    content = f"phone,name,code\n{A},Trần Thị Ví Dụ,K1\n{B},,K2\n{A},Trần Thị Ví Dụ,K1\n{C},,K3\n12,,K4\n".encode()
    page = upload(person, content, hotline="0812345678")
    text = " ".join(Seen(page.text).words)
    assert page.status_code == 200 and rows(store, calls) == []
    assert "VBot&#39;s API v1 tells no balance" in page.text
    for said in ("5  lines in the file", "2  people to be called", "1  bad lines", "1  on the do-not-call list"):
        assert said in text, said
    assert "line 6:" in text and "not known: VBot tells no price per call, and there is no call yet" in text
    assert "Call 2 people" in text and "00:00-23:59; the first at once; what has not rung by " in text
    assert A not in page.text and "Ví Dụ" not in page.text and "09••••••70" in page.text and "Tr…" in page.text
    refused = start(person, page.text)
    assert refused.status_code == 422 and "Lines of the list are bad" in refused.text and rows(store, calls) == []
    begun = start(person, page.text, skip_bad="1")
    assert "2 new calls wait" in begun.text and "list.csv" in begun.text
    found = rows(store, calls)
    assert [(row.phone, row.state, row.rule, row.datas["code"]) for row in found] == [
        (A, "waiting", "manual", "K1"),
        (B, "waiting", "manual", "K2"),
    ]
    twice = start(person, page.text, skip_bad="1")
    assert twice.status_code == 409 and "sent already" in twice.text
    # The file mended, and given once more: only its new line is called.
    again = upload(person, content.replace(b"12,,K4", f"{D},,K4".encode()), hotline="0812345678")
    assert "Call 1 people" in again.text and "1 new calls wait" in start(person, again.text).text
    stale = person.get(PAGE).text
    assert person.fill(PAGE, f"{PAGE}/stop", reason=" ").status_code == 422
    assert "3 waiting calls are cancelled" in person.fill(PAGE, f"{PAGE}/stop", reason="wrong list").text
    assert {row.state for row in rows(store, calls)} == {"cancelled"}
    hidden = form(stale, f"{PAGE}/stop")
    late = person.post(f"{PAGE}/stop", data={**(hidden or {}), "reason": "again"})
    assert late.status_code == 409 and "No call of this list waits" in late.text
    acts = [(row.who, row.command, row.reason) for row in rows(store, actions) if row.subject == "batch:list.csv"]
    assert acts == [
        ("console:admin", "batch", "2 number(s), template HELLO"),
        ("console:admin", "batch", "1 number(s), template HELLO"),
        ("console:admin", "cancel", "wrong list"),
    ]


def test_excel_is_read_and_what_cannot_be_used_says_what_to_do(person: Person, store: Store) -> None:
    page = upload(person, workbook(["phone", "code"], [A, HOSTILE]), HOSTILE, name=HOSTILE)
    assert "Call 1 people" in page.text and Seen(page.text).tags.count("script") == 2
    assert "1 new calls wait" in start(person, page.text).text
    assert Seen(person.get(PAGE).text).tags.count("script") == 2
    for content, wanted, status, said in (
        (b"", {}, 422, "Choose a CSV"),
        (b"name,code\nx,y\n", {}, 200, "Choose the column with the phone numbers."),
        (f"{A},1\n".encode(), {}, 422, "the first line is that of a person"),
        (b"phone,code,code\n", {}, 422, "two columns are called code"),
        (b"PK\x03\x04 no workbook", {}, 422, "cannot be read"),
        (f"phone,code\n{A},1\n".encode(), {"template": "OTHER"}, 422, "does not know the template"),
        (f"phone,code\n{A},1\n".encode(), {"template": " "}, 422, "template"),
        (f"phone,code\n{A},1\n".encode(), {"opens": "20:00", "closes": "08:00"}, 422, "window"),
        (b"phone,code\n" + b"12,1\n" * 5001, {}, 200, "more than 5000 lines"),
        (b"x" * 1_100_000, {}, 413, "1 MB"),
    ):
        answer = upload(person, content, **wanted)
        assert (answer.status_code, said in answer.text) == (status, True), said
    only_bad = upload(person, b"phone,code\n12,1\n").text
    assert "nobody new to call" in only_bad and "Call " not in only_bad.partition("<form method")[2]
    for packed in ("", "x", "eJw="):
        assert start(person, page.text, packed=packed).status_code == 422
    assert len(rows(store, calls)) == 1


def test_columns_are_guessed_by_their_names_and_chosen_by_hand_after_a_look(person: Person, store: Store) -> None:
    content = f"Họ và tên;SĐT;Ghi chú;Mã đơn\nTrần Thị Ví Dụ;{A};K9;K1\n;{B};K9;K2\n".encode()
    page = upload(person, content, "khach.csv")
    text = " ".join(" ".join(Seen(page.text).words).split())
    assert "SĐT 2 of the first 2 09••••••70 Phone" in text and "Họ và tên 1 of the first 2 Tr… The person" in text
    assert "Ghi chú 2 of the first 2 K9 not read" in text
    # Nothing is called code: each line lacks it, and the columns say where it may come from.
    assert (
        "2 bad lines" in text
        and "line 2: code: the template needs code, and it is missing" in text
        and "look at the columns above" in text
    )
    chosen = {"from:phone": "1", "from:name": "0", "from:customer_uid": "", "from:code": "3", "same:code": ""}
    unseen = start(person, page.text, **chosen)
    assert unseen.status_code == 409 and "Look again before anybody is called" in unseen.text
    hidden = form(page.text, f"{PAGE}/start") or {}
    again = person.post(f"{PAGE}/preview", data={**hidden, **chosen})
    assert "Call 2 people" in again.text and rows(store, calls) == []
    for wrong, status, said in (
        ({"from:code": "9"}, 422, "The form is not whole"),
        ({"from:code": "x"}, 422, "The form is not whole"),
        ({"same:code": "K7"}, 422, "code: choose a column, or write one text for all, not both"),
        ({"from:phone": ""}, 200, "Choose the column with the phone numbers."),
        ({"from:phone": "0"}, 200, "2  bad lines"),
        ({"from:code": "", "same:code": HOSTILE}, 200, "Call 2 people"),
    ):
        answer = person.post(f"{PAGE}/preview", data={**hidden, **chosen, **wrong})
        seen = " ".join(Seen(answer.text).words)
        assert (answer.status_code, said in seen) == (status, True), (wrong, seen)
        assert Seen(answer.text).tags.count("script") == 2
    begun = start(person, again.text, **chosen)
    assert "2 new calls wait" in begun.text
    assert [(row.phone, row.datas) for row in rows(store, calls)] == [
        (A, {"name": "Trần Thị Ví Dụ", "code": "K1"}),
        (B, {"code": "K2"}),
    ]
    # Other words for the same people of this list: a second call, which somebody must want.
    other = {**chosen, "from:code": "2"}
    more = person.post(f"{PAGE}/preview", data={**(form(again.text, f"{PAGE}/start") or {}), **other})
    assert "2 people have a call of this list already, with other words" in more.text
    refused = start(person, more.text, **other)
    assert refused.status_code == 409 and "tick that they are called once more" in refused.text
    assert len(rows(store, calls)) == 2
    assert "2 new calls wait" in start(person, more.text, **other, again="1").text


def test_headers_of_strangers_are_text_and_vietnamese_is_said_in_vietnamese(person: Person) -> None:
    person.headers["Accept-Language"] = "vi"
    page = upload(person, f"Số điện thoại,{HOSTILE},code\n{A},{HOSTILE},{HOSTILE}\n".encode(), HOSTILE)
    assert page.status_code == 200 and Seen(page.text).tags.count("script") == 2
    text = " ".join(" ".join(Seen(page.text).words).split())
    assert "1 trên 1 dòng đầu" in text and "Lấy từ cột nào" in text and "chưa biết: VBot không cho biết giá" in text


def test_a_list_is_priced_by_what_calls_cost_so_far_and_says_by_which(person: Person, store: Store) -> None:
    always = {"window": {"from": "00:00", "to": "24:00"}, "template": "HELLO"}
    with FakeVBot() as vbot:
        stage = Stage(store, vbot, RULE | always)
        for n in range(1, 5):
            stage.send("order.created", order(n))
        stage.run()
        # Three are answered, and of one of them nobody says what it cost.
        for n, one in enumerate(vbot.calls):
            told = {"externalCallId": one["external_call_id"], "disposition": "ANSWER" if n < 3 else "NOANSWER"}
            with store.write() as conn:
                store_result(conn, json.dumps(told | ({"postage": 800} if n < 2 else {})).encode(), NOW)
        settle_stored(store, stage.catalogs, stage.client.account_id, NOW)
    content = f"phone,code\n{A},1\n{B},2\n".encode()
    said = " ".join(" ".join(Seen(upload(person, content).text).words).split())
    assert "about 1,200 dong: 2 × 600 dong, the average of the last 4 calls of all templates" in said, said
    assert "of which 3 were answered" in said
