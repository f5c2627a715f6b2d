"""A report agrees with the balance, and with a slow recount of the same rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert

from bridge.core.call_states import ENDED_WITHOUT_RING, CallState
from bridge.core.reports.figures import DIMENSIONS, REACHED, Figures, Report, read_terms
from bridge.core.schedule import DAY_NAMES
from bridge.core.words import UNREACHABLE
from bridge.store import Store
from bridge.store.db.tables import attempts, calls, deliveries, orders, results, sources
from bridge.store.reports import report
from bridge.store.reports.balance import _RANK_OF, GROUPS, read_balance
from bridge.store.reports.report import Counted, Span, count_ledger, read_hours, read_report
from bridge.store.reports.report_days import count_days, read_kept, span_of_days
from bridge.store.reports.standings import refresh_standings
from tests.stage import NOW

ZONES = {"shop": "Asia/Ho_Chi_Minh", "goa": "Asia/Kolkata", "gone": None}
SINCE, UNTIL = NOW - timedelta(days=5), NOW
TERMS = read_terms({"rate": {"price": 600, "per": "1m"}, "parcel": {"price": 45000, "share": "80%"}})
RESULTS = (*REACHED, *UNREACHABLE, "unknown")
SPOKEN = ("confirmed", "declined", "agent")


class Ledger:
    """Random rows: orders with no call, or several of three rules, rung up to three times, in two time zones."""

    def __init__(self, store: Store, seed: int, count: int = 300) -> None:
        self.dice = random.Random(seed)
        self.orders: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        for n in range(1, count + 1):
            self._order(n)
        with store.write() as conn:
            conn.execute(insert(sources), [_source(name, zone) for name, zone in ZONES.items()])
            conn.execute(insert(deliveries), [_delivery()])
            for table in (orders, calls, attempts, results):
                conn.execute(insert(table), getattr(self, table.name))

    def _order(self, n: int) -> None:
        source = self.dice.choice(list(ZONES))
        order = {"source_id": source, "order_id": f"id-{n}", "number": f"DH-{n}", "state": "open", "closedness": 0}
        order |= {"state_at": NOW, "delivery_id": 1, "event_n": 0}
        order["first_seen_at"] = NOW - timedelta(seconds=self.dice.randrange(8 * 86400))
        order["region"] = self.dice.choice(["Hà Nội", "Huế", None])
        self.orders.append(order)
        for rule in self.dice.sample(["confirm", "deliver", "feedback"], self.dice.choice([0, 1, 1, 1, 2, 3])):
            self._call(rule, order)

    def _call(self, rule: str, order: dict[str, Any] | None) -> None:
        number = len(self.calls) + 1
        state = self.dice.choice([*CallState, CallState.FINISHED, CallState.FINISHED, CallState.FINISHED])
        began = order["first_seen_at"] if order else SINCE + timedelta(hours=number)
        call: dict[str, Any] = {"id": number, "rule": rule, "once_key": str(number), "ring": 1, "phone": "0900000001"}
        call |= {name: order[name] if order else None for name in ("source_id", "order_id")}
        call |= {"template": rule.upper(), "hotline": self.dice.choice(["1", "2"]), "datas": {}, "facts": {}}
        call |= {"state": state, "not_before": NOW, "not_after": NOW, "created_at": began, "updated_at": NOW}
        call |= {"result": None, "attempt_id": None, "placed_at": None}
        self.calls.append(call)
        if state in (CallState.PLACED, CallState.FINISHED):
            result = self.dice.choice(RESULTS) if state == CallState.FINISHED else None
            call["result"] = result
            for n in range(1, self.dice.choice([1, 1, 2, 3]) + 1):
                began += timedelta(minutes=self.dice.randrange(1, 400))
                self._attempt(call, n, began)
            call |= {"attempt_id": self.attempts[-1]["id"], "placed_at": began}
            self._reported(self.attempts[-1]["id"], result)

    def _attempt(self, call: dict[str, Any], n: int, at: datetime) -> None:
        number = len(self.attempts) + 1
        kept = {name: call[name] for name in ("phone", "template", "hotline", "datas")}
        self.attempts.append(
            {"id": number, "call_id": call["id"], "n": n, "external_call_id": str(number), **kept}
            | {"started_at": at, "outcome": self.dice.choice(["accepted", "accepted", "not_sent"])}
        )
        if call["result"] is not None:
            self.attempts[-1]["outcome"] = "accepted"

    def _reported(self, attempt: int, result: str | None) -> None:
        """What VBot says, some of it twice, with and without its own charge."""
        if result is None or result == "unknown":
            return
        said: dict[str, Any] = {"end": "answered" if result in REACHED else result}
        said |= self.dice.choice([{"cost": "345.5"}, {"cost": "0"}, {"billed": 61}, {"duration": 5}, {}])
        for details in self.dice.choice([[said], [{"end": said["end"], "cost": "999999"}, said]]):
            number = len(self.results) + 1
            row = {"id": number, "dedup_key": str(number), "body": b"", "received_at": NOW, "state": "settled"}
            self.results.append({**row, "attempt_id": attempt, "kind": "log", "told": details})


def _source(name: str, zone: str | None) -> dict[str, Any]:
    document = {"timezone": zone} if zone else {}
    row = {"id": name, "platform": "generic", "enabled": True, "document": document, "sealed": "", "updated_at": NOW}
    return {**row, "removed_at": None if zone else NOW}


def _delivery() -> dict[str, Any]:
    row = {"id": 1, "source_id": "shop", "dedup_key": "1", "method": "POST", "path": "", "query": "", "headers": []}
    return {**row, "body": b"", "state": "decided", "received_at": NOW}


class Recount:
    """The slow way: a loop over every order of the span."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.told = {row["attempt_id"]: row["told"] for row in ledger.results}

    def lines(self, by: str | None) -> dict[str | None, dict[str, Any]]:
        found: dict[str | None, dict[str, Any]] = {}
        for order in self.ledger.orders:
            if SINCE <= order["first_seen_at"] < UNTIL:
                mine = [call for call in self.ledger.calls if call["order_id"] == order["order_id"]]
                for key, rings in self._keys(by, order, mine):
                    line = found.setdefault(key, {"orders": 0, "results": Counter(), "minutes": [], "said": []})
                    self._count(line, order, rings)
        return found

    def _keys(self, by: str | None, order: dict[str, Any], mine: list[dict[str, Any]]) -> Iterator[tuple[Any, Any]]:
        """Each unit of this order: its key, and (call, attempts, whether it rang in that unit) of it."""
        zone = ZoneInfo(ZONES[order["source_id"]] or "Asia/Ho_Chi_Minh")
        whole = [(call, self._attempts(call), None) for call in mine]
        if by in ("hour", "weekday"):
            rings = [(call, at) for call in mine for at in self._attempts(call) if at["outcome"] == "accepted"]
            spans = sorted({f"{at['started_at']:%Y%m%d%H%M}"[:-1] for _, at in rings})
            for span in spans:
                here = [(call, [at], at) for call, at in rings if f"{at['started_at']:%Y%m%d%H%M}"[:-1] == span]
                local = here[0][2]["started_at"].astimezone(zone)
                yield (f"{local:%H}" if by == "hour" else DAY_NAMES[local.weekday()]), here
            silent = [part for part in whole if not any(at["outcome"] == "accepted" for at in part[1])]
            if silent or not mine:
                yield None, silent
        elif by in ("rule", "template", "hotline"):
            for key in {call[by] for call in mine}:
                yield key, [part for part in whole if part[0][by] == key]
            if not mine:
                yield None, []
        else:
            day = f"{order['first_seen_at'].astimezone(zone):%Y-%m-%d}"
            yield {"day": day, "source": order["source_id"], "province": order["region"]}.get(by or "", ""), whole

    def _attempts(self, call: dict[str, Any]) -> list[dict[str, Any]]:
        return [attempt for attempt in self.ledger.attempts if attempt["call_id"] == call["id"]]

    def _rank(self, call: dict[str, Any]) -> int:
        rang = any(attempt["outcome"] == "accepted" for attempt in self._attempts(call))
        return GROUPS.index("called") if rang and call["state"] in ENDED_WITHOUT_RING else _RANK_OF[call["state"]]

    def _count(self, line: dict[str, Any], order: dict[str, Any], parts: list[Any]) -> None:
        line["orders"] += 1
        line["said"] += [self.told[at["id"]] for _, rung, _ in parts for at in rung if at["id"] in self.told]
        ranks = [GROUPS.index("called") if at else self._rank(call) for call, _, at in parts]
        if not ranks or GROUPS[min(ranks)] != "called":
            return
        found = [
            ("no_answer" if at and at["id"] != call["attempt_id"] else call["result"], call["id"], call, at)
            for call, _, at in parts
        ]
        telling = max(found, key=lambda one: (_telling(one[0]), one[1]))
        line["results"][telling[0]] += 1
        reached = [(at["started_at"] if at else call["placed_at"]) for word, _, call, at in found if word in REACHED]
        if telling[0] in REACHED:
            line["minutes"].append(min(int((at - order["first_seen_at"]).total_seconds()) // 60 for at in reached))


def _telling(result: str | None) -> int:
    return 3 if result in SPOKEN else 2 if result in REACHED else 1 if result in UNREACHABLE else 0


def _spent(said: list[dict[str, Any]]) -> tuple[float, int]:
    """Dong, and answered calls of which nobody knows what they cost."""
    dong, unknown = 0.0, 0
    for one in said:
        seconds = one.get("billed", one.get("duration"))
        if "cost" in one:
            dong += float(one["cost"])
        elif one["end"] == "answered" and seconds is None:
            unknown += 1
        elif one["end"] == "answered":
            dong += 600 * -(-int(seconds or 0) // 60)
    return dong, unknown


def _report(store: Store, by: str | None = None) -> Report:
    with store.read() as conn:
        return read_report(conn, Span(SINCE, UNTIL), by, TERMS)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_line_of_a_busy_ledger_is_as_recounted_and_the_total_as_in_the_balance(store: Store, seed: int) -> None:
    ledger = Ledger(store, seed)
    recount = Recount(ledger)
    for by in (None, *DIMENSIONS):
        report = _report(store, by)
        lines = [(group.key, group.figures) for group in report.groups] if by else [("", report.total)]
        groups = dict[str | None, Figures](lines)
        expected = recount.lines(by)
        assert set(groups) == set(expected), by
        for key, line in expected.items():
            found, counted = asdict(groups[key]), line["results"]
            dong, unknown = _spent(line["said"])
            assert (found["orders"], found["called"]) == (line["orders"], counted.total()), (by, key)
            assert {word: found[word] for word in REACHED} == {word: counted[word] for word in REACHED}, (by, key)
            assert found["unreachable"] == sum(counted[word] for word in UNREACHABLE)
            assert found["no_result"] == counted[None] + counted["unknown"]
            assert found["median_minutes"] == (median_low(line["minutes"]) if line["minutes"] else None)
            assert (found["cost"] or 0, found["unpriced"]) == (int(dong + 0.5), unknown), (by, key)
            assert (found["saved_parcels"], found["saved"]) == (
                counted["declined"] * 8 // 10,
                found["saved_parcels"] * 45000,
            )
    with store.read() as conn:
        balance = read_balance(conn, SINCE, {}, UNTIL)
    total = _report(store).total
    assert (total.orders, total.called) == (balance["total"], balance["orders"]["called"])
    assert total.called == total.reached + total.unreachable + total.no_result > 50


def test_the_hours_of_the_week_hold_every_ring_by_the_hour(store: Store) -> None:
    Ledger(store, 3)
    with store.read() as conn:
        hours = read_hours(conn, Span(SINCE, UNTIL))
    for by in ("hour", "weekday"):
        rung: Counter[str] = Counter()
        reached: Counter[str] = Counter()
        for one in hours:
            name = f"{one.hour:02}" if by == "hour" else DAY_NAMES[one.day]
            rung[name] += one.rung
            reached[name] += one.reached
        groups = {group.key: group.figures for group in _report(store, by).groups if group.key}
        assert {key: (found.called, found.reached) for key, found in groups.items()} == {
            key: (rung[key], reached[key]) for key in rung
        }


def _count(store: Store, now: datetime) -> int:
    return count_days(store, now, lambda: 0.0, 1.0)


def _read_kept(conn: Connection, span: Span, now: datetime, until: float = 1.0) -> Counted:
    return read_kept(conn, span, now, lambda: 0.0, until)


def _shown(store: Store, counted: Counted) -> list[Any]:
    """All that a page of reports shows of these orders."""
    with store.read() as conn:
        reports = [asdict(read_report(conn, counted.span, by, TERMS, counted)) for by in (None, *DIMENSIONS)]
        return [reports, counted.hours()]


def test_what_is_kept_of_each_day_adds_up_to_what_the_ledger_holds(store: Store) -> None:
    ledger = Ledger(store, 4)
    span, later = span_of_days(NOW, 9), NOW + timedelta(minutes=2)

    def compare(now: datetime) -> tuple[bool, datetime | None]:
        """Whether what is kept is what the ledger holds, and since when it is."""
        with store.read() as conn:
            kept, live = _read_kept(conn, span, now), count_ledger(conn, span)
            assert kept.uncounted_before is None
            return _shown(store, kept) == _shown(store, live), kept.counted_at

    refresh_standings(store, 10_000)
    assert compare(NOW) == (True, None)  # nobody has counted yet
    assert _count(store, NOW) == 9
    assert (compare(NOW), _count(store, NOW)) == ((True, None), 0)
    # VBot tells the charge of a call later, which changes nothing else of it.
    answered = next(row for row in ledger.results if row["told"]["end"] == "answered" and "cost" not in row["told"])
    told = {"end": "answered", "cost": "777"}
    with store.write() as conn:
        conn.execute(insert(results), [{**answered, "id": 10**6, "dedup_key": "later", "told": told}])
    refresh_standings(store, 10_000)
    assert compare(later) == (False, NOW)
    assert compare(NOW + timedelta(hours=1)) == (True, None)  # no worker counts
    assert _count(store, later) == 1
    assert compare(later) == (True, None)


@pytest.mark.parametrize("at_once", [1, 19, 20])
def test_a_span_that_is_counted_in_pieces_has_the_same_figures(
    store: Store, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger(store, 5, 20)
    span = Span(NOW - timedelta(days=9), NOW)
    with store.read() as conn:
        whole = _shown(store, count_ledger(conn, span))
        monkeypatch.setattr(report, "AT_ONCE", at_once)
        assert _shown(store, count_ledger(conn, span)) == whole


def test_pieces_hold_as_many_orders_as_are_counted_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(store, 5)
    monkeypatch.setattr(report, "AT_ONCE", 100)
    span = Span(NOW - timedelta(days=9), NOW)
    with store.read() as conn:
        pieces = list(report.cut(conn, span))
        found = [read_report(conn, piece, None, TERMS).total.orders for piece in pieces]
    assert (sum(found), max(found)) == (300, 100)
    assert (pieces[0].until, pieces[-1].since) == (span.until, span.since)


def test_of_days_that_nobody_counted_the_newest_are_shown_and_where_they_begin(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger(store, 6)
    monkeypatch.setattr(report, "AT_ONCE", 100)
    span = span_of_days(NOW, 9)
    with store.read() as conn:
        found = _read_kept(conn, span, NOW, until=0.0)  # late from the beginning
        before = found.uncounted_before
        assert before is not None
        assert span.since < before < NOW
        newest = count_ledger(conn, Span(before, NOW))
        assert _shown(store, replace(newest, span=span)) == _shown(store, found)
        (shown,) = found.lines(None).values()
        assert shown.orders == 100
    refresh_standings(store, 10_000)
    _count(store, NOW)
    with store.read() as conn:
        found = _read_kept(conn, span, NOW, until=0.0)
        (shown,) = found.lines(None).values()
    assert (found.uncounted_before, shown.orders) == (None, 300)


def test_an_empty_ledger_has_an_empty_report(store: Store) -> None:
    report = _report(store, "rule")
    assert (report.groups, report.manual, report.total.orders, report.total.cost) == ([], None, 0, 0)
    assert report.total.cost_per_confirmed is report.total.median_minutes is None
