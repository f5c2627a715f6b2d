"""The alert rules and the dashboard: as Prometheus reads them, and each of their metrics is one of ours."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from bridge.monitor.metrics import METRICS

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboard.json"
SERIES = {metric.name for metric in METRICS if metric.kind != "histogram"} | {
    f"{metric.name}_{part}" for metric in METRICS if metric.kind == "histogram" for part in ("bucket", "count", "sum")
}
LABELS = {label for metric in METRICS for label in metric.labels} | {"le", "alertname", "job"}


def test_the_alerts_fire_and_are_silent_as_their_cases_say(program: Callable[[str], str], tmp_path: Path) -> None:
    promtool = program("promtool")
    for file in (ALERTS, Path(__file__).parent / "alerts.test.yml"):
        shutil.copy(file, tmp_path)
    for arguments in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        judged = subprocess.run([promtool, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert judged.returncode == 0, judged.stdout + judged.stderr


def test_every_alert_has_a_case_and_says_how_to_mend_it() -> None:
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    cases = (Path(__file__).parent / "alerts.test.yml").read_text()
    assert [rule["alert"] for rule in rules if rule["alert"] not in cases] == []
    assert all({"summary", "mend"} <= rule["annotations"].keys() for rule in rules)
    assert all(rule["labels"]["severity"] in ("critical", "warning", "info") for rule in rules)


def test_every_query_asks_for_a_metric_and_labels_that_exist() -> None:
    queries = [rule["expr"] for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]]
    queries += list(_expressions(json.loads(DASHBOARD.read_text())))
    named = {name for query in queries for name in re.findall(r"\bvbot_bridge_\w+", query)}
    assert named - SERIES == set()
    labels = {label for query in queries for label in re.findall(r"(\w+)\s*(?:!?=~?)\s*\"", query)}
    labels |= {
        label for query in queries for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(", ")
    }
    assert labels - LABELS == set()
    shown = {name.removesuffix("_bucket").removesuffix("_sum") for name in named}
    assert {metric.name for metric in METRICS} - shown == {"vbot_bridge_info"}


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "expr" in value:
            yield value["expr"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _expressions(each)
