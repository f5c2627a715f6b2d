"""One trace from a delivery to its result, over web and worker; and where nothing is set, nothing is loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.collector import Collector, collecting
from tests.processes import KEY, ROOT, configure, open_site, order, start_fake, wait_for

AUTH = "what-vbot-sends"


def named(collector: Collector) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for span in collector.spans():
        found.setdefault(span.name, []).append(span)
    return found


def told(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_one_trace_leads_from_a_delivery_to_its_result(migrated_sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "bridge.db").write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    configure(url)
    with collecting() as collector, start_fake(tmp_path) as fake:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20key"}
        with open_site(
            tmp_path, url, fake.url, VBOT_WEBHOOK_AUTH=AUTH, OTEL_BSP_SCHEDULE_DELAY="50", **settings
        ) as site:
            site.start_web()
            site.start_worker()
            first, second = order(1), order(2)
            for body in (first, first, second):
                assert site.send("shop", body).status == 200
            rung = wait_for("two calls", lambda: rung if len(rung := fake.rung()) == 2 else None)
            wait_for("both attempts' spans", lambda: len(named(collector).get("place", [])) == 2)
            for call in rung:
                body = json.dumps({"externalCallId": call["external_call_id"], "disposition": "ANSWERED"}).encode()
                assert site.ask("POST", "/vbot/results", body, [("Authorization", AUTH)]).status == 200
            wait_for("both results' spans", lambda: len(named(collector).get("settle", [])) == 2)
            wait_for("what the web tells", lambda: len(named(collector).get("receive", [])) == 3)
    spans = named(collector)
    assert {len(spans[name]) for name in ("decide", "place", "settle")} == {2}
    receipts = [span for span in spans["receive"] if told(span)["bridge.repeat"] == "false"]
    assert len(receipts) == 2
    for receipt in receipts:
        mine = {
            span.name: span for span in collector.spans() if span.trace_id == receipt.trace_id and span.parent_span_id
        }
        assert [mine[name].parent_span_id for name in ("decide", "place", "settle")] == [
            receipt.span_id,
            mine["decide"].span_id,
            mine["place"].span_id,
        ]
        assert told(mine["decide"])["bridge.delivery"] == told(receipt)["bridge.delivery"]
        assert told(mine["place"])["bridge.outcome"] == "accepted"
        assert told(mine["settle"])["bridge.call"] == told(mine["place"])["bridge.call"]
        times = [
            (span.start_time_unix_nano, span.end_time_unix_nano) for span in (receipt, mine["decide"], mine["place"])
        ]
        assert all(0 < start <= end for start, end in times)
    assert {one.headers.get("x-key") for one in collector.taken} == {"a key"}


@pytest.mark.parametrize("library", ["opentelemetry", "sentry_sdk"])
def test_without_a_setting_nothing_of_it_is_loaded(library: str, tmp_path: Path) -> None:
    program = f"""
import sys
from bridge.settings import read_config
from bridge.monitor.observe import start_observing
import bridge.web, bridge.worker.loop
start_observing(read_config({{"BRIDGE_SECRET_KEY": "{KEY}"}}))
sys.exit("{library}" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == 0
