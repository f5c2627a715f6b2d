"""A list of people from a CSV file: everybody once, however often the file is given."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bridge.fake_vbot import FakeVBot, Settings
from bridge.settle.results import settle_stored
from bridge.store.people.dnc import add_numbers
from bridge.store.results import store_result
from tests.processes import wait_for
from tests.stage import HOTLINE, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
ROOT = Path(__file__).parents[2]
A, B, C = "0912345671", "0912345672", "0912345673"


@pytest.fixture(autouse=True)
def hello(stage: Stage) -> None:
    stage.vbot.template("HELLO", {"cfkey": "total", "cftype": "number", "isRequired": False}, {"cfkey": "code"})


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: str, name: str = "list.csv", text: bytes | None = None) -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode() if text is None else text)
        return path

    return write


@pytest.fixture
def batch(cli: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(file: Path, *words: object, **changes: Any) -> subprocess.CompletedProcess[str]:
        done: subprocess.CompletedProcess[str] = cli(
            "batch", file, "--template", "HELLO", "--window", "always", "--yes", *words, **changes
        )
        return done

    return run


@ON_BOTH
def test_everybody_on_the_list_is_called_once_with_the_words_of_the_line(stage: Stage, csv: Any, batch: Any) -> None:
    file = csv("phone,name,code,total", f"{A},Chị Hoa,A1,5000", f"+84 {B[1:]},,A2,")
    done = batch(file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 lines: 2 new, 0 already there, 0 bad\ncalls: 2 placed\n"
    heard = [(call["phone"], call["datas"], call["hotline_code"]) for call in stage.vbot.calls]
    assert heard == [(A, {"code": "A1", "total": 5000}, HOTLINE), (B, {"code": "A2"}, HOTLINE)]
    assert {call["rule"] for call in stage.calls()} == {"manual"}


@ON_BOTH
def test_the_same_file_twice_calls_nobody_twice(stage: Stage, csv: Any, batch: Any) -> None:
    file = csv("phone,code", f"{A},A1", f"{B},A2")
    batch(file)
    again = batch(file)
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "2 lines: 0 new, 2 already there (2 placed), 0 bad")
    assert stage.rung() == [A, B]


@ON_BOTH
def test_a_mended_file_calls_only_its_new_lines(stage: Stage, csv: Any, batch: Any) -> None:
    refused = batch(csv("phone,code", f"{A},A1", "091234567,A2"))
    assert (refused.returncode, stage.rung()) == (1, [])
    batch(csv("phone,code", f"{A},A1", "091234567,A2"), "--skip-bad")
    assert stage.rung() == [A]
    mended = batch(csv("phone,code", f"{A},A1", f"{B},A2", f"{C},A3"))
    assert mended.stdout.splitlines()[0] == "3 lines: 2 new, 1 already there (1 placed), 0 bad"
    assert stage.rung() == [A, B, C]


def test_bad_lines_are_told_with_their_number_before_anything_is_stored(stage: Stage, csv: Any, batch: Any) -> None:
    file = csv("phone,code,total", f"{A},A1,", "123,A2,", f"{B},A3,many", f"{C},,", f'{C},"two', 'lines",', ",A4,")
    done = batch(file)
    assert (done.returncode, stage.calls()) == (1, [])
    lines = done.stderr.splitlines()
    assert [line.removeprefix(str(file)).split(":")[1] for line in lines[:-1]] == ["3", "4", "5", "8"]
    assert "the phone number is wrong" in lines[0] and "total" in lines[1] and "code" in lines[2]
    assert lines[-1].startswith("error: 4 of 6 lines are bad; nobody was called")


def test_no_phone_and_no_name_is_told(csv: Any, batch: Any) -> None:
    file = csv("phone,name,code", f"{A},Chị Hoa,A1", f"{B}x,Anh Nam,A2", f"{C},Cô Lan,")
    done = batch(file, "--skip-bad", LOG_LEVEL="DEBUG")
    assert not any(word in done.stdout + done.stderr for word in (A, B, C, "Hoa", "Nam", "Lan", "A1"))


def test_an_id_of_the_customer_is_the_lines_identity_whatever_else_is_mended(
    stage: Stage, csv: Any, batch: Any
) -> None:
    batch(csv("phone,customer_uid,code", f"{A},kh1,A1"))
    batch(csv("phone,customer_uid,code", f"{A},kh1,A2"))
    assert stage.rung() == [A]


def test_another_name_is_another_list_and_the_rest_between_two_calls_still_holds(
    stage: Stage, csv: Any, batch: Any
) -> None:
    batch(csv("phone,code", f"{A},A1"))
    done = batch(csv("phone,code", f"{A},A1", name="other.csv"))
    assert stage.rung() == [A]
    assert [call["reason"] for call in stage.calls()] == ["placed", "cooldown"]
    assert "no worker beats" in done.stderr
    same = batch(csv("phone,code", f"{A},A1", name="third.csv"), "--name", "list.csv")
    assert "1 already there" in same.stdout


def test_a_line_that_stands_twice_rings_once(stage: Stage, csv: Any, batch: Any) -> None:
    done = batch(csv("phone,code", f"{A},A1", f"{A},A1"))
    assert done.stdout.startswith("2 lines: 1 new, 0 already there, 1 repeated, 0 bad")
    assert stage.rung() == [A]


def test_a_dry_run_counts_and_stores_nothing(stage: Stage, csv: Any, batch: Any) -> None:
    batch(csv("phone,code", f"{A},A1"))
    with stage.store.write() as conn:
        add_numbers(conn, [C], "asked", datetime.fromisoformat("2026-11-23T03:00:00+00:00"))
    file = csv("phone,code", f"{A},A1", f"{B},A2", f"{C},A3", "1,A4")
    dry = batch(file, "--dry-run")
    assert (dry.returncode, len(stage.calls()), stage.rung()) == (1, 1, [A])
    lines = dry.stdout.splitlines()
    assert lines[0] == "4 lines: 1 new, 1 already there (1 placed), 1 on the do-not-call list, 1 bad"
    nothing = "price: not known: VBot tells no price per call, and there is no call yet to go by"
    assert lines[1].startswith(f"{nothing}; balance: VBot does not offer this")
    told = json.loads(batch(file, "--dry-run", "--json").stdout)
    assert (told["new"], told["already_there"], told["do_not_call"], told["dry_run"]) == (1, {"placed": 1}, 1, True)
    assert [bad["line"] for bad in told["bad"]] == [5]


def test_a_dry_run_prices_the_list_by_what_calls_cost_so_far(stage: Stage, csv: Any, batch: Any, cli: Any) -> None:
    batch(csv("phone,code", f"{A},A1", f"{B},A2"))
    for one, told in zip(
        stage.vbot.calls, ({"disposition": "ANSWER", "postage": "2500"}, {"disposition": "BUSY"}), strict=True
    ):
        with stage.store.write() as conn:
            body = json.dumps({"externalCallId": one["external_call_id"], **told}).encode()
            store_result(conn, body, datetime.now(UTC))
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, datetime.now(UTC))
    file = csv("phone,code", f"{C},A1", f"{A},A9")
    price = json.loads(batch(file, "--dry-run", "--json").stdout)["price"]
    assert (price["per_call"], price["total"], price["balance"]) == ("1250", "2500", None)
    assert price["basis"] == {"calls": 2, "answered": 1, "template": None}
    assert (
        "price: about 2,500 dong for 2 call(s), by the last 2 call(s) of all templates"
        in batch(file, "--dry-run").stdout
    )
    vietnamese = batch(file, "--dry-run", BRIDGE_LANG="vi").stdout
    assert "giá: khoảng 2.500 đồng cho 2 cuộc gọi, theo 2 cuộc gọi gần nhất theo mọi kịch bản" in vietnamese
    # Whoever is on the list already would be called once more: with other words.
    asked = cli("batch", file, "--template", "HELLO", "--window", "always")
    assert asked.returncode == 2 and "1 of them have a call of this list already, with other words" in asked.stderr


def test_an_excel_workbook_is_called_as_the_same_list_in_csv(batch: Any, stage: Stage, tmp_path: Path) -> None:
    made = Workbook()
    for row in (["phone", "code"], [int(A), "A1"], [B, 2.0]):
        made.active.append(row)
    made.save(tmp_path / "people.xlsx")
    assert batch(tmp_path / "people.xlsx").returncode == 0
    assert [(call["phone"], call["datas"]) for call in stage.vbot.calls] == [(A, {"code": "A1"}), (B, {"code": "2"})]


def test_the_balance_is_told_where_vbot_tells_it(csv: Any, batch: Any) -> None:
    with FakeVBot(Settings(generation="v3", balance=123_456)) as newer:
        newer.template("HELLO")
        account = newer.account()
        settings = {"VBOT_URL": account.url, "VBOT_API": "v3", "VBOT_TOKEN": account.token, "VBOT_ID": None}
        dry = batch(csv("phone", A), "--dry-run", **settings, VBOT_PROJECT_CODE=None)
    assert "the balance is 123,456 dong" in dry.stdout
    assert dry.returncode == 0


def test_more_than_vbot_takes_in_one_request_is_said(csv: Any, batch: Any) -> None:
    with FakeVBot(Settings(generation="v3")) as newer:
        newer.template("HELLO")
        account = newer.account()
        settings = {"VBOT_URL": account.url, "VBOT_API": "v3", "VBOT_TOKEN": account.token, "VBOT_ID": None}
        said = [
            batch(csv("phone", A), "--dry-run", "--size", size, **settings, VBOT_PROJECT_CODE=None)
            for size in ("5", "50")
        ]
    most = "VBot takes at most 5 numbers in one request: 5 are placed at a time, not 50"
    assert [most in done.stderr for done in said] == [False, True]
    assert [done.returncode for done in said] == [0, 0]


def test_numbers_of_the_do_not_call_list_are_left_out(stage: Stage, csv: Any, batch: Any, now: datetime) -> None:
    with stage.store.write() as conn:
        add_numbers(conn, [A], "asked", now)
    done = batch(csv("phone,code", f"{A},A1", f"{B},A2"))
    assert (done.returncode, stage.rung()) == (0, [B])
    assert "1 on the do-not-call list" in done.stdout


@pytest.mark.usefixtures("worker_beats")
def test_where_a_worker_beats_the_calls_are_left_to_it(stage: Stage, csv: Any, batch: Any, now: datetime) -> None:
    done = batch(csv("phone,code", f"{A},A1", f"{B},A2"))
    assert (done.returncode, stage.rung()) == (0, [])
    assert done.stdout.endswith("calls: 2 waiting\n")
    stage.dial(now + timedelta(minutes=5))
    assert stage.rung() == [A, B]


def test_the_balance_counts_them_as_manual(csv: Any, batch: Any, listed: Any) -> None:
    batch(csv("phone,code", f"{A},A1", f"{B},A2"))
    assert listed("balance")["manual"] == {"placed": 2}


def test_the_json_counts_lines_and_calls(csv: Any, batch: Any) -> None:
    told = json.loads(batch(csv("phone,code", f"{A},A1", "1,A2"), "--skip-bad", "--json").stdout)
    assert told == {
        "name": "list.csv",
        "template": "HELLO",
        "hotline": HOTLINE,
        "lines": 2,
        "new": 1,
        "already_there": {},
        "repeated": 0,
        "do_not_call": 0,
        "bad": [{"line": 3, "problem": told["bad"][0]["problem"]}],
        "dry_run": False,
        "calls": {"placed": 1},
        "stopped": False,
    }


def test_a_value_can_be_the_same_for_all_or_come_from_a_column_with_another_header(
    stage: Stage, csv: Any, batch: Any
) -> None:
    file = csv("Số điện thoại;Mã đơn;Ghi chú", f"{A};DH1;x", f"{B};DH2;")
    words = ["--set", "phone=column:Số điện thoại", "--set", "code=column:Mã đơn", "--ignore", "Ghi chú"]
    done = batch(file, *words, "--set", "total=5000")
    assert done.returncode == 0, done.stderr
    heard = [(call["phone"], call["datas"]) for call in stage.vbot.calls]
    assert heard == [(A, {"code": "DH1", "total": 5000}), (B, {"code": "DH2", "total": 5000})]


def test_a_script_that_speaks_the_name_is_given_the_lists_column(stage: Stage, csv: Any, batch: Any) -> None:
    stage.vbot.template("HELLO", {"cfkey": "name"})
    batch(csv("phone,name", f"{A},Chị Hoa"))
    assert stage.vbot.calls[0]["datas"] == {"name": "Chị Hoa"}


@pytest.mark.parametrize(
    ("lines", "words", "says"),
    [
        (["phone,cod", f"{A},x"], [], "the column cod is no custom field of the template, which takes: code, total"),
        (["sdt,code", f"{A},x"], [], "no column is called phone; the columns are: sdt, code"),
        (["phone,code,code", f"{A},x,y"], [], "two columns are called code"),
        (["phone,code", f"{A},x"], ["--set", "code=y"], "code is a column and also --set"),
        (["phone,code", f"{A},x"], ["--ignore", "cod"], "did you mean 'code'?"),
        (["phone,code", f'{A},"x'], [], "from line 2 on the file cannot be read"),
        ([], [], "the file is empty"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(
    stage: Stage, csv: Any, error: Any, lines: list[str], words: list[str], says: str
) -> None:
    assert says in error(1, "batch", csv(*lines), "--template", "HELLO", *words)
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("missing.csv --template T", "cannot be read"),
        ("x.csv", "--template"),
        ("x.csv --template T --name= ", "--name"),
        ("x.csv --template T --set phone=1", "phone=column:HEADER"),
        ("x.csv --template T --within soon", "--within"),
    ],
)
def test_a_wrong_call_says_what_to_write(wrong: Any, words: str, says: str) -> None:
    assert says in wrong("batch", *words.split())


def test_a_list_that_vbot_refuses_is_a_failure(stage: Stage, csv: Any, batch: Any) -> None:
    stage.vbot.fault("refuse", times=1)
    done = batch(csv("phone,code", f"{A},A1", f"{B},A2"))
    assert (done.returncode, done.stdout.splitlines()[1]) == (1, "calls: 1 placed, 1 refused")


def test_a_hotlines_rate_holds_and_the_command_stays(stage: Stage, csv: Any, batch: Any) -> None:
    stage.apply({"rule": "r", "template": "T", "on": ["order.created"]}, hotlines=[{"code": HOTLINE, "per_minute": 60}])
    done = batch(csv("phone,code", *(f"09123450{n:02d},A{n}" for n in range(3))))
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "calls: 3 placed")
    starts = [datetime.fromisoformat(call["attempts"][0]["started_at"]) for call in stage.calls()]
    assert min(later - sooner for sooner, later in pairwise(starts)) > timedelta(seconds=0.4)


@ON_BOTH
def test_several_lines_go_to_vbot_with_one_request_where_that_is_wanted(
    stage: Stage, csv: Any, batch: Any, now: datetime
) -> None:
    stage.vbot.template("HELLO")
    file = csv("phone,name", f"{A},Chị Hoa", f"{B},", f"{C},", "0912345674,")
    done = batch(file, "--size", "3")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "calls: 4 placed")
    assert [(call["phone"], call["name"]) for call in stage.vbot.calls[:3]] == [
        (A, "Chị Hoa"),
        (B, "quý khách"),
        (C, "quý khách"),
    ]
    paths = [request["path"].rpartition("/")[2] for request in stage.vbot.requests if request["method"] == "POST"]
    assert paths == ["insertListPhone", "insert"]
    ids = [call["attempts"][0]["external_call_id"] for call in stage.calls()]
    assert [call.get("customerUid") or call["external_call_id"] for call in stage.vbot.calls] == ids
    again = batch(file, "--size", "3")
    assert again.returncode == 0 and len(stage.vbot.calls) == 4


def test_a_batch_that_is_cut_leaves_its_lines_unsure_and_the_same_command_rings_only_the_others(
    stage: Stage, csv: Any, batch: Any
) -> None:
    stage.vbot.template("HELLO")
    stage.vbot.fault("reset_after", on="insert_list", times=1, phones=1)
    file = csv("phone", A, B, C)
    cut = batch(file, "--size", "2")
    assert (cut.returncode, cut.stdout.splitlines()[-1]) == (1, "calls: 1 placed, 2 unsure")
    again = batch(file, "--size", "2")
    assert again.returncode == 1 and "3 already there (1 placed, 2 unsure)" in again.stdout
    assert stage.rung() == [A, C]


def test_words_in_a_batch_are_refused_where_the_generation_says_none(stage: Stage, csv: Any, error: Any) -> None:
    said = error(1, "batch", csv("phone,code", f"{A},A1"), "--template", "HELLO", "--size", "5")
    assert "leave --size out" in said
    assert stage.calls() == []


@ON_BOTH
def test_ctrl_c_stops_politely_and_the_same_command_goes_on(
    stage: Stage, csv: Any, batch: Any, cli: Any, migrated_url: str
) -> None:
    file = csv("phone,code", *(f"09123450{n:02d},A{n}" for n in range(30)))
    stage.vbot.fault("delay", seconds=0.2)
    account = stage.vbot.account()
    settings = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": migrated_url,
        "BRIDGE_SECRET_KEY": "k" * 32,
        "VBOT_URL": account.url,
        "VBOT_TOKEN": str(account.token),
        "VBOT_ID": account.vbot_id,
        "VBOT_PROJECT_CODE": account.project_code,
        "VBOT_HOTLINE": HOTLINE,
    }
    words = [str(file), "--template", "HELLO", "--window", "always", "--yes"]
    command = [sys.executable, "-m", "bridge", "batch", *words]
    with subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        wait_for("a first call", lambda: len(stage.vbot.calls) > 2)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "give the same command again" in err and "Traceback" not in err and "placed" in out
    states = {call["state"] for call in stage.calls()}
    assert states == {"placed", "waiting"} and len(stage.calls()) == 30
    assert batch(file).returncode == 0
    assert sorted(stage.rung()) == sorted(f"09123450{n:02d}" for n in range(30))
