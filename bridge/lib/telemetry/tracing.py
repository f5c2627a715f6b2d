"""Spans for OpenTelemetry, made when they have ended. Off until `start_tracing`; until then nothing of it is imported.

The ids of traces and spans follow from names, by HMAC: so processes that know the same row join the same trace, and
nothing has to be stored or passed on. Every span is exported; a collector may keep fewer.
"""

from __future__ import annotations

import atexit
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Attribute = str | int | Sequence[str]
_NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class Span:
    """A piece of work that has ended.

    trace       names its trace, in which `name` and `key` name this span, and `parent` another span's `name key`
    kind        as OpenTelemetry's: the answer to a request, a request, or work taken up later
    attributes  nothing personal and nothing secret
    failed      why it failed; "" if it did not
    """

    trace: str
    name: str
    key: str
    kind: Literal["server", "client", "consumer"]
    started_at: datetime
    ended_at: datetime
    parent: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    failed: str = ""


class _Exporting:
    def __init__(self, endpoint: str, headers: Mapping[str, str], secret: bytes, version: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", headers=dict(headers))
        self._processor = BatchSpanProcessor(exporter)
        self._resource = Resource.create({"service.name": "vbot-bridge", "service.version": version})
        self._secret = secret

    def add(self, span: Span) -> None:
        from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
        from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415

        ended = ReadableSpan(
            span.name,
            context=self._context(span.trace, f"{span.name} {span.key}"),
            parent=self._context(span.trace, span.parent) if span.parent else None,
            resource=self._resource,
            attributes=dict(span.attributes),
            kind=SpanKind[span.kind.upper()],
            status=Status(StatusCode.ERROR, span.failed) if span.failed else Status(),
            start_time=_nanoseconds(span.started_at),
            end_time=max(_nanoseconds(span.ended_at), _nanoseconds(span.started_at)),
        )
        self._processor.on_end(ended)

    def end(self) -> None:
        self._processor.force_flush()

    def _context(self, trace: str, span: str) -> Any:
        from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415

        sampled = TraceFlags(TraceFlags.SAMPLED)
        return SpanContext(self._id(trace, 16), self._id(f"{trace}\n{span}", 8), is_remote=False, trace_flags=sampled)

    def _id(self, name: str, size: int) -> int:
        return int.from_bytes(hmac.digest(self._secret, name.encode(), hashlib.sha256)[:size]) or 1


class _State:
    exporting: _Exporting | None = None


def start_tracing(endpoint: str, headers: Mapping[str, str], secret: bytes, version: str) -> None:
    """From now on spans go to this OTLP/HTTP endpoint (its base address), in the background.

    secret  from which the ids follow; the same in every process
    """
    _State.exporting = _Exporting(endpoint, headers, secret, version)
    atexit.register(end_tracing)


def is_tracing() -> bool:
    return _State.exporting is not None


def add_span(span: Span) -> None:
    """Export it soon; nothing where tracing is off. A full queue drops it."""
    if _State.exporting is not None:
        _State.exporting.add(span)


def end_tracing() -> None:
    """Send what still waits, and be off."""
    if _State.exporting is not None:
        _State.exporting.end()
    _State.exporting = None


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * _NANOSECONDS)
