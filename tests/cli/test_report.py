"""The report as a table, CSV, JSON and a page, of orders that were really decided, dialled and answered."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.core.model import DEFAULT_ZONE
from bridge.core.reports.best_hour import Learned
from bridge.core.schedule import DAY_NAMES, local_day
from bridge.settle.results import settle_stored
from bridge.store.db.tables import decisions
from bridge.store.reports.best_hour import keep_learned
from bridge.store.results import store_result
from tests.cli.conftest import Cli
from tests.stage import RULE, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
HOSTILE = "<script>alert(1)</script>"
WITHOUT_END = {"meta", "rect", "line", "path"}


@pytest.fixture
def answered(stage: Stage, send: Any, now: datetime) -> Stage:
    """Four orders: confirmed, declined, nobody there, and one without a number; a call's result says what it cost."""
    window = {"from": "00:00", "to": "24:00"}
    rule = {**RULE, "window": window, "answers": {"1": "confirmed", "2": "declined"}, "sample": "100%"}
    stage.apply(rule, reports={"rate": {"price": 600, "per": "1m"}, "parcel": {"price": 45000}})
    for number in (1, 2, 3):
        send(number, shipping={"province": "TP. HCM" if number == 1 else "Bình Dương"})
    send(4, phone="0900")
    stage.dial(now)
    said = ({"inputLog": "1", "postage": "345"}, {"inputLog": "2", "billsec": 61}, {"disposition": "NOANSWER"})
    for call, told in zip(stage.calls(), said, strict=True):
        result(stage, call, now, **told)
    return stage


def result(stage: Stage, call: dict[str, Any], now: datetime, **told: Any) -> None:
    body = {"externalCallId": call["attempts"][0]["external_call_id"], "disposition": "ANSWER", **told}
    with stage.store.write() as conn:
        store_result(conn, json.dumps(body).encode(), now)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, now)


@ON_BOTH
def test_the_report_has_the_contracts_shape_and_agrees_with_the_balance(answered: Stage, listed: Any) -> None:
    report, balance = listed("report", "--by", "province"), listed("balance", "--since", "30d")
    total = report["total"]
    assert (total["orders"], total["called"]) == (balance["total"], balance["orders"]["called"]) == (4, 3)
    assert [total[name] for name in ("reached", "confirmed", "declined", "unreachable", "no_key")] == [2, 1, 1, 1, 0]
    assert (total["cost"], total["cost_per_confirmed"], total["unpriced"]) == (345 + 1200, 1545, 0)
    assert (total["saved_parcels"], total["saved"], total["median_minutes"]) == (1, 45000, 0)
    assert [(group["key"], group["orders"]) for group in report["groups"]] == [("Hồ Chí Minh", 3), (None, 1)]
    assert {"since", "until", "groups", "total"} <= report.keys() and report["manual"] is None
    by_rule = {group["key"]: group["called"] for group in listed("report", "--by", "rule")["groups"]}
    assert by_rule == {"confirm": 3, None: 0}


def test_calls_by_hand_are_counted_beside_the_orders(answered: Stage, cli: Cli, listed: Any, now: datetime) -> None:
    answered.vbot.template("HELLO", {"cfkey": "code"})
    made = cli(
        "call", "--phone", "0900000009", "--template", "HELLO", "--set", "code=A", "--window", "always", "--json"
    )
    result(answered, json.loads(made.stdout), now, inputLog="1", postage="100")
    report = listed("report")
    assert (report["total"]["orders"], report["total"]["cost"]) == (4, 1545)
    assert (report["manual"]["orders"], report["manual"]["called"], report["manual"]["cost"]) == (1, 1, 100)


def test_the_table_says_shares_in_both_languages(answered: Stage, cli: Cli, now: datetime) -> None:
    shown = cli("report", "--by", "rule")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0].startswith("Rule") and "1 (33%)" in shown.stdout
    assert "not called" in shown.stdout and "1 parcel(s) not sent: 45,000 ₫ saved" in shown.stdout
    vietnamese = cli("report", "--by", "hour", "--lang", "vi").stdout
    hour = now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).hour
    assert vietnamese.startswith("Giờ gọi") and "1.545 ₫" in vietnamese and f"{hour}:00" in vietnamese


def test_a_rule_with_the_best_hour_says_what_that_has_brought(
    answered: Stage, cli: Cli, listed: Any, now: datetime
) -> None:
    answered.apply({**RULE, "hour": "best"})
    assert "learnt from 0 calls, and 500 are needed; it changes nothing yet." in cli("report").stdout
    with answered.store.write() as conn:
        keep_learned(conn, Learned({("", "morning"): {10: (500, 250)}}))
    assert "there are no results to compare yet" in cli("report").stdout
    with answered.store.write() as conn:
        for call, arm in ((1, "moved"), (2, "moved"), (3, "held_out")):
            conn.execute(decisions.update().where(decisions.c.call_id == call).values(facts={"best_hour": arm}))
    (found,) = listed("report")["best_hour"]
    assert (found["rule"], found["calls"], found["moved"], found["held_out"]) == (
        "confirm",
        500,
        {"calls": 2, "reached": 2},
        {"calls": 1, "reached": 0},
    )
    assert found["low"] < found["gain"] == 1.0
    assert "100% reached (2 calls)" in cli("report").stdout and "khoảng tin cậy" in cli("report", "--lang", "vi").stdout


def test_csv_has_a_line_for_each_group_and_one_of_the_whole(answered: Stage, cli: Cli, now: datetime) -> None:
    today = DAY_NAMES[local_day(now, DEFAULT_ZONE).weekday()]
    lines = list(csv.DictReader(cli("report", "--by", "weekday", "--csv").stdout.splitlines()))
    assert [(line["line"], line["weekday"], line["called"]) for line in lines] == [
        ("group", today, "3"),
        ("group", "", "0"),
        ("total", "", "3"),
    ]


def test_orders_before_the_span_and_behind_it_are_left_out(answered: Stage, listed: Any, now: datetime) -> None:
    later, earlier = (now + timedelta(hours=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    assert listed("report", "--since", later, "--until", (now + timedelta(days=1)).isoformat())["total"]["orders"] == 0
    assert listed("report", "--since", "40d", "--until", earlier)["total"]["orders"] == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--csv", "--json"), "choose one of --csv, --json and --html"),
        (("--since", "1h", "--until", "2h"), "--since must be before --until"),
        (("--until", "yesterday"), "--until"),
        (("--by", "moon"), "--by"),
    ],
)
def test_a_wrong_call_says_what_to_write(stage: Stage, cli: Cli, words: tuple[str, ...], problem: str) -> None:
    refused = cli("report", *words)
    assert refused.returncode == 2 and problem in refused.stderr and "Traceback" not in refused.stderr


def test_a_page_that_cannot_be_written_is_one_line(stage: Stage, cli: Cli) -> None:
    refused = cli("report", "--html", "missing/page.html")
    assert refused.returncode == 1 and refused.stderr.startswith("error: missing/page.html cannot be written")


class Tags(HTMLParser):
    """Fails where an element is not closed in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert "style" not in dict(attrs)
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in WITHOUT_END:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@ON_BOTH
def test_the_page_stands_alone_and_shows_a_shops_text_as_text(answered: Stage, cli: Cli, tmp_path: Path) -> None:
    with answered.store.write() as conn:
        conn.exec_driver_sql(f"UPDATE calls SET template = '{HOSTILE}'")
        conn.exec_driver_sql("UPDATE calls SET hotline = '=1+1' WHERE id = 1")
    for language, words in (("vi", ("Có 4 đơn, đã gọi 3", "Gọi lúc nào")), ("en", ("4 orders came", "When people"))):
        made = cli("report", "--html", "page.html", "--by", "template", "--lang", language)
        assert (made.returncode, made.stderr) == (0, "")
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        tags = Tags()
        tags.feed(page)
        assert tags.open == [] and "html" in tags.seen and not tags.seen & {"script", "link", "img", "iframe"}
        assert HOSTILE not in page and HOSTILE in tags.text
        assert "://" not in page and "url(" not in page
        assert all(word in page for word in words)
    assert ",'=1+1," in cli("report", "--by", "hotline", "--csv").stdout


def test_an_empty_ledger_has_a_page_that_says_so(stage: Stage, cli: Cli, tmp_path: Path) -> None:
    assert cli("report", "--html", "page.html", "--lang", "en").returncode == 0
    assert "No order came in this span" in (tmp_path / "page.html").read_text(encoding="utf-8")
