"""An order whose phone rang was called, whatever became of its redial: everywhere where that is counted."""

from __future__ import annotations

from datetime import timedelta

from bridge.core.reports.figures import Terms
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.queue import sweep
from bridge.store.reports.balance import count_orders
from bridge.store.reports.order_list import OrderFilter, list_orders
from bridge.store.reports.report import Span, read_report
from bridge.store.reports.standings import kept_counts, refresh_standings
from tests.settle.test_results import TALKING, log, report, ring
from tests.stage import NOW, Stage, later, order

SINCE, UNTIL = NOW - timedelta(days=1), NOW + timedelta(days=2)


def test_a_redial_that_comes_to_nothing_leaves_its_order_called(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot, {**TALKING, "within": "2h"})
    for number in (1, 2):
        report(stage, log(ring(stage, number), "NOANSWER"))
    for number in (2, 3):  # the shop takes one back while its redial waits, and one before it was ever called
        stage.send("order.created", order(number))
        stage.decide()
        stage.send("order.cancelled", order(number, updated_at=later(90).isoformat()), later(90))
        stage.decide(later(90))
    stage.send("order.created", order(4))
    stage.decide(later(91))
    with store.write() as conn:
        sweep(conn, later(hours=3))
    assert [call["state"] for call in stage.calls()] == ["expired", "cancelled", "cancelled", "expired"]
    for n in range(2):
        with store.read() as conn:
            counted, kept = count_orders(conn, SINCE), kept_counts(conn, SINCE)
            assert counted == kept
            assert {name: count for name, count in kept.groups.items() if count} == {
                "called": 2,
                "expired": 1,
                "cancelled": 1,
            }
            for group, ids in {"called": ["id-2", "id-1"], "expired": ["id-4"], "cancelled": ["id-3"]}.items():
                listed = list_orders(conn, OrderFilter(group=group)).orders
                assert sorted(one.order_id for one in listed) == sorted(ids), (group, n)
            for by in (None, "rule", "hour"):
                found = read_report(conn, Span(SINCE, UNTIL), by, Terms())
                assert found.total.called == 2
                assert sum(group.figures.called for group in found.groups) == (2 if by else 0)
        refresh_standings(store, 1000)
