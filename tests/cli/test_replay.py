"""replay, resolve, dnc and forget as commands."""

from __future__ import annotations

import json
import os
import pwd
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.store import Store
from bridge.store.db.tables import actions
from tests.stage import SECRET, Stage

PHONE, MASKED, NAME = "0900000001", "09••••••01", "Trần Thử Nghiệm"
ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def refused(stage: Stage, send: Any, now: datetime) -> None:
    """Two orders whose calls VBot refused."""
    for number in (1, 2):
        send(number)
    stage.vbot.fault("refuse", times=2, message="template not found")
    stage.dial(now)


@pytest.fixture
def unsure(stage: Stage, send: Any, now: datetime) -> int:
    """The id of a call of which nobody knows whether it rang."""
    send()
    stage.vbot.fault("reset_before", times=1)
    stage.dial(now)
    assert stage.call()["state"] == "unsure"
    return int(stage.call()["id"])


def acts(store: Store) -> list[tuple[Any, ...]]:
    columns = (actions.c.command, actions.c.who, actions.c.subject, actions.c.reason)
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(actions.c.id))]


def user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


@ON_BOTH
def test_refused_calls_are_counted_first_and_then_wait_again(stage: Stage, refused: None, cli: Any) -> None:
    counted = cli("replay", "--since", "1h", "--dry-run")
    assert (counted.returncode, counted.stderr) == (0, "")
    assert counted.stdout.splitlines() == ["2 delivery(ies): 2 decided", "     2  would let a call wait again"]
    assert {call["state"] for call in stage.calls()} == {"refused"}
    done = cli("replay", "--since", "1h", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["2 delivery(ies): 2 decided", "     2  let a call wait again"]
    assert {call["state"] for call in stage.calls()} == {"waiting"}
    again = cli("replay", "--since", "1h", "--yes")
    assert "2  skip already_called: Not called again" in again.stdout


def test_a_replay_by_name_tells_each_delivery_as_json(stage: Stage, refused: None, cli: Any) -> None:
    ids = [delivery["id"] for delivery in stage.deliveries()]
    told = json.loads(cli("replay", ids[0], ids[0], "--json").stdout)
    assert (told["dry_run"], told["deliveries"]) == (False, 1)
    assert told["counts"] == [{"decision": "call", "reason": "replayed", "count": 1}]
    (item,) = told["items"]
    assert (item["delivery"], item["outcome"]) == (ids[0], "decided")
    assert [call["state"] for call in stage.calls()] == ["waiting", "refused"]


def test_force_needs_a_name_and_a_reason_and_is_kept(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send()
    stage.dial(now)
    delivery = stage.deliveries()[0]["id"]
    assert "already_called" in cli("replay", delivery).stdout
    done = cli("replay", delivery, "--force", "--reason", "  the customer   asks ")
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "     1  ring once more")
    assert [call["state"] for call in stage.calls()] == ["placed", "waiting"]
    assert acts(stage.store) == [
        ("replay", user(), f"delivery:{delivery}", ""),
        ("replay", user(), f"delivery:{delivery}", "the customer asks"),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("replay", "--since"),
        ("replay 1 --since 1h", "--since"),
        ("replay 1 --source shop", "--source"),
        ("replay 1 --state failed", "--state"),
        ("replay --since 1h --force --reason x", "--force"),
        ("replay 1 --force", "--reason"),
        ("replay 1 --reason x", "--force"),
        ("replay 0", "0"),
        ("replay one", "one"),
        ("replay --since 1h --state stored", "stored"),
        ("resolve --rang --reason x", "CALL"),
        ("resolve 1 --reason x", "--rang"),
        ("resolve 1 --rang", "--reason"),
        ("resolve 1 --rang --again --reason x", "--rang"),
        ("resolve one --rang --reason x", "one"),
        ("dnc add", "PHONE"),
        ("dnc import", "FILE"),
        ("dnc drop 1", "drop"),
        ("forget", "PHONE"),
    ],
)
def test_a_wrong_call_says_what_to_write(wrong: Any, words: str, says: str) -> None:
    assert says in wrong(*words.split())


def test_a_replay_of_what_is_not_there_changes_nothing(stage: Stage, refused: None, error: Any) -> None:
    first = stage.deliveries()[0]["id"]
    assert "no delivery has the id 98, 99" in error(1, "replay", first, 99, 98)
    assert "did you mean shop" in error(1, "replay", "--since", "1h", "--source", "shpo")
    assert "24h" in error(2, "replay", "--since", "yesterday")
    assert {call["state"] for call in stage.calls()} == {"refused"}


def test_a_replay_says_what_could_not_be_decided(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    stage.send_body(b"{", now)
    stage.decide(now)
    send(decide=False)
    done = cli("replay", *[delivery["id"] for delivery in stage.deliveries()])
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "2 delivery(ies): 1 failed, 1 stored"
    assert "1  cannot be read" in done.stdout and "1  are not decided yet" in done.stdout
    empty = cli("replay", "--since", "1h", "--source", "other")
    assert (empty.returncode, empty.stdout) == (0, "0 delivery(ies)\n")


def test_a_switched_off_sources_deliveries_wait_for_it(stage: Stage, send: Any, cli: Any) -> None:
    off = {"id": "shop", "platform": "generic", "secrets": [SECRET], "enabled": False}
    rule = {
        "rule": "confirm",
        "template": "CONFIRM",
        "on": ["order.created"],
        "window": {"from": "00:00", "to": "24:00"},
    }
    stage.apply(rule, sources=[off])
    send()
    left = cli("replay", "--since", "1h", "--state", "ignored", "--yes")
    assert (left.returncode, "switched off" in left.stdout) == (0, True)
    assert cli("replay", 1).returncode == 1
    stage.apply(rule, sources=[{**off, "enabled": True}])
    assert "1  make a call" in cli("replay", "--since", "1h", "--state", "ignored", "--yes").stdout
    assert stage.call()["state"] == "waiting"


@ON_BOTH
@pytest.mark.parametrize(("word", "state"), [("--rang", "placed"), ("--again", "waiting"), ("--leave", "unsure")])
def test_an_unsure_call_is_settled_with_a_reason(stage: Stage, unsure: int, cli: Any, word: str, state: str) -> None:
    done = cli("resolve", unsure, word, "--reason", "looked into VBot")
    assert (done.returncode, done.stderr) == (0, "")
    assert stage.call()["state"] == state
    assert "looked into VBot" in stage.call()["sentence_en"]
    assert acts(stage.store) == [(f"resolve {word[2:]}", user(), f"call:{unsure}", "looked into VBot")]


def test_a_call_that_cannot_be_settled_says_why(stage: Stage, unsure: int, error: Any, cli: Any) -> None:
    assert "no call has the id 99" in error(1, "resolve", 99, "--rang", "--reason", "x")
    assert "--reason TEXT" in error(2, "resolve", unsure, "--rang", "--reason", " ")
    assert cli("resolve", unsure, "--rang", "--reason", "x").returncode == 0
    assert f"the call {unsure} is placed" in error(1, "resolve", unsure, "--again", "--reason", "x")


@pytest.mark.parametrize("spelling", [PHONE, "+84 900 000 001", "84.900.000.001", "-"])
def test_a_number_is_listed_in_any_spelling_and_masked(cli: Any, listed: Any, spelling: str) -> None:
    done = cli("dnc", "add", spelling, "--reason", "khách yêu cầu", stdin=f"{PHONE}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert PHONE not in done.stdout
    assert "already" in cli("dnc", "add", PHONE).stdout
    (item,) = listed("dnc", "list")["items"]
    assert (item["phone"], item["reason"]) == (MASKED, "khách yêu cầu")
    assert listed("dnc", "list", "--show-phones")["items"][0]["phone"] == PHONE
    assert MASKED in cli("dnc", "list").stdout
    assert cli("dnc", "remove", spelling, stdin=PHONE).returncode == 0
    assert listed("dnc", "list")["items"] == []


def test_what_is_no_number_is_not_listed(error: Any, store: Store) -> None:
    assert "masked" not in error(1, "dnc", "add", "0900••••01")
    assert "premium" not in error(1, "dnc", "add", "19001234")
    assert "more than one" in error(1, "dnc", "add", "0900000001 0900000002")
    assert "not on the list" in error(1, "dnc", "remove", PHONE)
    assert acts(store) == []


@pytest.mark.parametrize(
    "text",
    [
        "0900000001\n+84900000002\n123\n\n0900 000 003\n",
        "name;phone\nA;0900000001\nB;+84900000002\nC;123\n\nD;0900 000 003\n",
        'phone,note\r\n0900000001,"a, b"\r\n+84900000002,\r\n"12\n3",x\r\n0900 000 003,\r\n',
        "\ufeffPhone\n0900000001\n84900000002\n*********\n0900000003\n0900000003\n",
    ],
)
def test_a_file_is_imported_but_for_its_bad_lines(cli: Any, listed: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(text.encode())
    done = cli("dnc", "import", file, "--reason", "campaign")
    assert done.returncode == 1
    assert done.stdout == "3 added, 0 on the list already, 1 not read\n"
    (line,) = done.stderr.splitlines()
    bad = next(n for n, row in enumerate(text.splitlines(), 1) if "12" in row or "**" in row)
    assert line.startswith(f"line {bad}: ") and "123" not in line
    told = [item["phone"] for item in listed("dnc", "list", "--show-phones")["items"]]
    assert told == ["0900000001", "0900000002", "0900000003"]


def test_a_good_file_is_imported_and_again_changes_nothing(cli: Any, tmp_path: Path, error: Any) -> None:
    file = tmp_path / "list.csv"
    file.write_text("".join(f"09000{n:05d}\n" for n in range(1, 1202)))
    assert cli("dnc", "import", file).stdout == "1201 added, 0 on the list already, 0 not read\n"
    done = cli("dnc", "import", file)
    assert (done.returncode, done.stdout) == (0, "0 added, 1201 on the list already, 0 not read\n")
    assert "cannot be read" in error(2, "dnc", "import", tmp_path / "lost.csv")
    file.write_bytes("số\n".encode("utf-16"))
    assert "UTF-8" in error(1, "dnc", "import", file)


def test_a_listed_number_is_not_called_by_hand(stage: Stage, cli: Any, error: Any) -> None:
    cli("dnc", "add", PHONE)
    assert "do-not-call" in error(1, "call", "--phone", PHONE, "--template", "CONFIRM", "--window", "always")
    assert (stage.calls(), stage.rung()) == ([], [])


@ON_BOTH
def test_a_person_is_forgotten_and_explain_says_so(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send(1)
    send(2)
    stage.dial(now)
    send(3, phone=PHONE)
    done = cli("forget", "+84 900 000 001", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "erased: 2 order(s), 2 delivery(ies), 2 call(s)",
        "cancelled: 1 call(s) that waited",
    ]
    told = cli("explain", "DH-1", "--show-phones", "--lang", "en").stdout
    assert "was erased" in told and PHONE not in told and NAME not in told
    assert "erased on request" in cli("explain", "DH-3", "--lang", "en").stdout
    assert cli("balance").returncode == 0
    command, who, subject, reason = acts(stage.store)[0]  # then whole phones were shown
    assert (command, who, subject) == ("forget", user(), "person")
    assert PHONE not in reason
    assert cli("forget", PHONE, "--yes").stdout == "erased: 0 order(s), 0 delivery(ies), 0 call(s)\n"


def test_the_do_not_call_entry_is_kept_only_if_asked(cli: Any, listed: Any, error: Any) -> None:
    cli("dnc", "add", PHONE)
    assert "is kept" in cli("forget", PHONE, "--keep-dnc", "--yes").stdout
    assert len(listed("dnc", "list")["items"]) == 1
    assert "may be called" in cli("forget", PHONE, "--yes").stdout
    assert listed("dnc", "list")["items"] == []
    assert "phone number" in error(1, "forget", "nobody")
