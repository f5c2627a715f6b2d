"""The metrics: one registry, and their values from the database, so that every process and machine tells the same.

No label holds anything of a person, nor what a stranger can choose: sources, rules, states and reasons of ours alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

import bridge
from bridge.core.call_states import CallState
from bridge.core.model.texts import Text
from bridge.monitor.alarms import ALARMS
from bridge.store import Connection
from bridge.store.breakers import find_breaker
from bridge.store.operation.vbot_balance import last_balance
from bridge.store.operation.workers import WORKER_SILENCE
from bridge.store.reports.gauges import Gauges, read_gauges
from bridge.store.reports.tallies import BUCKETS, HOOK_BUCKETS, Tallies, count_calls, read_tallies
from bridge.store.shops.refusals import read_misaddressed, read_refusals

BREAKER_STATES = ("closed", "open", "half_open")
PAUSES = ("all", "rule", "hotline", "source")


@dataclass(frozen=True)
class Metric:
    """A metric. `name` is as it is asked for, but for a histogram's endings; `means` is Vietnamese and English."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    means: Text


METRICS: tuple[Metric, ...] = (
    Metric("vbot_bridge_info", "gauge", ("version",), ("1; phiên bản đang chạy", "1; the release that runs")),
    Metric(
        "vbot_bridge_deliveries_total",
        "counter",
        ("source", "state", "reason"),
        ("tin đã nhận, theo kết cục của chúng", "deliveries, by what became of them"),
    ),
    Metric(
        "vbot_bridge_deliveries_refused_total",
        "counter",
        ("source", "reason"),
        ("tin bị từ chối, ví dụ vì sai chữ ký", "requests that were refused, such as for a bad signature"),
    ),
    Metric(
        "vbot_bridge_requests_misaddressed_total",
        "counter",
        ("reason",),
        ("yêu cầu dưới `/hooks/` không đến được nguồn nào", "requests under `/hooks/` that reached no source"),
    ),
    Metric(
        "vbot_bridge_decisions_total",
        "counter",
        ("decision", "reason"),
        ("quyết định của các quy tắc", "decisions of the rules"),
    ),
    Metric("vbot_bridge_calls_created_total", "counter", ("rule",), ("cuộc gọi đã tạo", "calls that were made")),
    Metric(
        "vbot_bridge_attempts_total",
        "counter",
        ("outcome",),
        ("yêu cầu gửi đến VBot, theo kết quả gửi", "requests to VBot, by their outcome"),
    ),
    Metric(
        "vbot_bridge_results_total",
        "counter",
        ("state", "end"),
        ("kết quả VBot báo về", "results that VBot reported"),
    ),
    Metric(
        "vbot_bridge_hook_seconds",
        "histogram",
        (),
        ("thời gian trả lời một webhook của cửa hàng", "the time until a shop's webhook was answered"),
    ),
    Metric(
        "vbot_bridge_decision_seconds",
        "histogram",
        (),
        ("từ lúc nhận tin đến lúc quyết định xong", "from the receipt of a delivery to its decision"),
    ),
    Metric(
        "vbot_bridge_attempt_seconds",
        "histogram",
        (),
        ("thời gian một yêu cầu đến VBot", "the time of a request to VBot"),
    ),
    Metric("vbot_bridge_calls", "gauge", ("state",), ("cuộc gọi theo trạng thái", "calls by state")),
    Metric(
        "vbot_bridge_calls_oldest_waiting_seconds",
        "gauge",
        (),
        ("tuổi của cuộc gọi chờ lâu nhất", "age of the oldest call that waits"),
    ),
    Metric(
        "vbot_bridge_calls_overdue_seconds",
        "gauge",
        (),
        (
            "cuộc gọi đến giờ sớm nhất đã trễ bao lâu; 0 nếu chưa cuộc nào đến giờ",
            "how long the first due call has been due; 0 where none is",
        ),
    ),
    Metric(
        "vbot_bridge_deliveries_undecided",
        "gauge",
        ("state",),
        ("tin chưa được quyết định", "deliveries that are not decided yet"),
    ),
    Metric(
        "vbot_bridge_deliveries_oldest_undecided_seconds",
        "gauge",
        (),
        ("tuổi của tin chờ quyết định lâu nhất", "age of the oldest delivery that is not decided"),
    ),
    Metric(
        "vbot_bridge_deliveries_failed",
        "gauge",
        (),
        ("tin không đọc được mà chưa ai xem", "deliveries that failed and that nobody acknowledged"),
    ),
    Metric(
        "vbot_bridge_stuck",
        "gauge",
        (),
        ("tin và cuộc gọi đứng yên", "deliveries and calls that stand still"),
    ),
    Metric("vbot_bridge_alarms_open", "gauge", ("alarm",), ("cảnh báo đang mở", "open alarms")),
    Metric("vbot_bridge_paused", "gauge", ("kind",), ("lệnh tạm dừng đang có hiệu lực", "pauses that hold")),
    Metric(
        "vbot_bridge_breaker",
        "gauge",
        ("state",),
        ("cầu dao VBot: 1 ở trạng thái hiện tại", "VBot's breaker: 1 at the state that it has"),
    ),
    Metric(
        "vbot_bridge_vbot_balance_dong",
        "gauge",
        (),
        ("số dư ở VBot, đọc mỗi 5 phút (`v3`)", "what is left at VBot, read every 5 minutes (`v3`)"),
    ),
    Metric("vbot_bridge_workers", "gauge", (), ("worker đang chạy", "workers that beat")),
    Metric(
        "vbot_bridge_worker_beat_seconds",
        "gauge",
        (),
        ("thời gian từ nhịp gần nhất của một worker", "age of the newest heartbeat of any worker"),
    ),
)


@dataclass(frozen=True)
class Histogram:
    """`buckets`: each upper limit in seconds, "+Inf" the last, with the count up to it; `total`: all seconds."""

    buckets: Sequence[tuple[str, int]]
    total: Decimal


# Values of the labels, in the metric's order -> the number. A metric that cannot be told now has none.
Samples = Mapping[tuple[str, ...], int | Decimal | float | Histogram]


def read_metrics(conn: Connection, account: str | None, now: datetime) -> Mapping[str, Samples]:
    """Each metric's samples, by its name. `account`: VBot's, where one is configured."""
    kept = read_tallies(conn)
    gauges = read_gauges(conn, now, now - WORKER_SILENCE)
    return {
        "vbot_bridge_info": {(bridge.__version__,): 1},
        "vbot_bridge_deliveries_total": kept.get("deliveries", {}),
        "vbot_bridge_deliveries_refused_total": {
            (row["source"], row["reason"]): row["count"] for row in read_refusals(conn)
        },
        "vbot_bridge_requests_misaddressed_total": _misaddressed(conn),
        "vbot_bridge_decisions_total": kept.get("decisions", {}),
        "vbot_bridge_calls_created_total": kept.get("calls", {}),
        "vbot_bridge_attempts_total": kept.get("attempts", {}),
        "vbot_bridge_results_total": kept.get("results", {}),
        "vbot_bridge_hook_seconds": {(): _histogram(kept, "hooked", HOOK_BUCKETS)},
        "vbot_bridge_decision_seconds": {(): _histogram(kept, "decided")},
        "vbot_bridge_attempt_seconds": {(): _histogram(kept, "attempted")},
        "vbot_bridge_calls": _calls(gauges, count_calls(conn, kept)),
        **_standing(gauges, now),
        **_vbot(conn, account, now),
    }


def _misaddressed(conn: Connection) -> Samples:
    """Without the addresses, which anybody can choose."""
    counts: Counter[tuple[str, ...]] = Counter()
    for row in read_misaddressed(conn):
        counts[(row["reason"],)] += row["count"]
    return counts


def _histogram(kept: Tallies, name: str, limits: Sequence[float] = BUCKETS) -> Histogram:
    counted, upto, buckets = kept.get(f"{name}_buckets", {}), 0, []
    for limit in (*map(str, limits), "+Inf"):
        upto += counted.get((limit,), 0)
        buckets.append((limit, upto))
    return Histogram(buckets, Decimal(kept.get(f"{name}_milliseconds", {}).get((), 0)) / 1000)


def _calls(gauges: Gauges, total: int) -> Samples:
    """The finished ones are the rest, so that nobody counts them."""
    finished = max(total - sum(gauges.calls.values()), 0)
    return {(state,): count for state, count in (*gauges.calls.items(), (str(CallState.FINISHED), finished))}


def _standing(gauges: Gauges, now: datetime) -> dict[str, Samples]:
    def age(since: datetime | None) -> float:
        return max((now - since).total_seconds(), 0.0) if since else 0.0

    kinds = dict.fromkeys((alarm.key for alarm in ALARMS), 0) | dict(gauges.alarms)
    return {
        "vbot_bridge_calls_oldest_waiting_seconds": {(): age(gauges.oldest_waiting)},
        "vbot_bridge_calls_overdue_seconds": {(): age(gauges.first_due)},
        "vbot_bridge_deliveries_undecided": {(state,): count for state, count in gauges.undecided.items()},
        "vbot_bridge_deliveries_oldest_undecided_seconds": {(): age(gauges.oldest_undecided)},
        "vbot_bridge_deliveries_failed": {(): gauges.failed},
        "vbot_bridge_stuck": {(): gauges.stuck},
        "vbot_bridge_alarms_open": {(kind,): count for kind, count in kinds.items()},
        "vbot_bridge_paused": {(kind,): gauges.paused.get(kind, 0) for kind in PAUSES},
        "vbot_bridge_workers": {(): gauges.workers},
        "vbot_bridge_worker_beat_seconds": {(): age(gauges.beat_at)} if gauges.beat_at else {},
    }


def _vbot(conn: Connection, account: str | None, now: datetime) -> dict[str, Samples]:
    if account is None:
        return {"vbot_bridge_breaker": {}, "vbot_bridge_vbot_balance_dong": {}}
    state, balance = find_breaker(conn, account, now).state, last_balance(conn, account)
    return {
        "vbot_bridge_breaker": {(name,): int(name == state) for name in BREAKER_STATES},
        "vbot_bridge_vbot_balance_dong": {(): balance.left} if balance and balance.left is not None else {},
    }
