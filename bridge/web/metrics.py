"""/metrics for Prometheus, behind a token of the API with the scope metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bridge.monitor.metrics import METRICS, Histogram, Samples, read_metrics
from bridge.monitor.metrics import Metric as Described
from bridge.store import Store, database_now
from bridge.web.api.access import Access

_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
FRESH_SECONDS = 5.0  # several who ask within this are told the same


def blueprint(store: Store, account: str | None, access: Access) -> Blueprint:
    """Every metric of the registry, as the text that whoever asks understands."""
    metrics = Blueprint("metrics", __name__)
    metrics.before_request(lambda: access.refusal("metrics"))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ledger(store, account))
    texts = _Texts(registry)

    @metrics.get("/metrics")
    def scrape() -> Response:
        text, content_type = texts.get(request.headers.get("Accept", ""))
        return Response(text, content_type=content_type)

    return metrics


class _Texts:
    """What was told last, for a few seconds: who asks often does not ask the database each time."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._told: dict[str, tuple[float, bytes]] = {}

    def get(self, accept: str) -> tuple[bytes, str]:
        encode, content_type = choose_encoder(accept)
        with self._lock:
            at, text = self._told.get(content_type, (0.0, b""))
            if not text or time.monotonic() - at >= FRESH_SECONDS:
                text = encode(self._registry)
                self._told = {content_type: (time.monotonic(), text)}
        return text, content_type


class _Ledger(Collector):
    def __init__(self, store: Store, account: str | None) -> None:
        self._store = store
        self._account = account

    def collect(self) -> Iterable[Metric]:
        with self._store.read() as conn:
            found = read_metrics(conn, self._account, database_now(conn, datetime.now(UTC)))
        return [_family(metric, found[metric.name]) for metric in METRICS]


def _family(metric: Described, samples: Samples) -> Any:
    family: Any = _FAMILIES[metric.kind](metric.name, metric.means[1], labels=metric.labels)
    for labels, value in samples.items():
        if isinstance(value, Histogram):
            family.add_metric(labels, value.buckets, float(value.total))
        else:
            family.add_metric(labels, float(value))
    return family
