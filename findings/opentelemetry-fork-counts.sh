#!/usr/bin/env bash
# OpenTelemetry SDK 1.45.2 (Python): after a fork each process exports the counts that the parent had made, as its own.
#
# The SDK renews its locks, threads and resource in a forked child, and its queue of spans, which the child does not export
# again; one would expect as much of counters. Its documentation warns of a lock, and tells nothing of counts. They go on from
# the parent's value: 100 calls before two forks and one in each child are 101, 101 and 100, together 302 of 102, with
# cumulative temporality and with delta. prometheus_client 0.26.0 begins a file for each child, and says 102. A program that
# starts processes in the middle of its work multiplies its figures; make the meter provider after the fork.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check opentelemetry-sdk==1.45.2 prometheus-client==0.26.0 \
  2>/dev/null
export PROMETHEUS_MULTIPROC_DIR="$folder/prometheus"
mkdir "$PROMETHEUS_MULTIPROC_DIR"
cat >"$folder/expected" <<'EXPECTED'
cumulative, first child -> 101
cumulative, second child -> 101
cumulative, parent -> 100
delta, first child -> 101
delta, second child -> 101
delta, parent -> 100
spans, first child -> in the first child
spans, second child -> in the second child
spans, parent -> before
prometheus_client, all together -> 102
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import os

import prometheus_client
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import multiprocess


def fork_twice(act):
    for name in ("first child", "second child"):
        child = os.fork()
        if child == 0:
            act(name)
            os._exit(0)
        os.waitpid(child, 0)


def count(title, temporality):
    reader = InMemoryMetricReader(preferred_temporality={Counter: temporality})
    calls = MeterProvider(metric_readers=[reader]).get_meter("shop").create_counter("calls")
    calls.add(100)

    def export(name):
        metric = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics[0]
        print(f"{title}, {name} -> {sum(point.value for point in metric.data.data_points)}", flush=True)

    def act(name):
        calls.add(1)
        export(name)

    fork_twice(act)
    export("parent")


class Print(SpanExporter):
    def export(self, spans):
        print(f"spans, {self.name} -> {', '.join(span.name for span in spans)}", flush=True)
        return SpanExportResult.SUCCESS


def trace():
    printer, provider = Print(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(printer, schedule_delay_millis=600_000))
    tracer = provider.get_tracer("shop")
    tracer.start_span("before").end()

    def act(name):
        printer.name = name
        tracer.start_span(f"in the {name}").end()
        provider.force_flush()

    fork_twice(act)
    printer.name = "parent"
    provider.force_flush()


count("cumulative", AggregationTemporality.CUMULATIVE)
count("delta", AggregationTemporality.DELTA)
trace()
calls = prometheus_client.Counter("calls", "placed")
calls.inc(100)
fork_twice(lambda name: calls.inc())
registry = prometheus_client.CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(f"prometheus_client, all together -> {registry.get_sample_value('calls_total'):.0f}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: opentelemetry-fork-counts"
