"""Errors to Sentry: where, of which kind, and the ids of the log line; nothing else. Off, nothing of it is imported.

What is sent is built anew from an allow-list: Sentry's own scrubbing removes what it knows to be private, and a shop's
order is not among that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bridge.lib.logs import split

_KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release", "sdk")
_FRAME = ("filename", "function", "module", "lineno", "in_app")


def start_error_reports(dsn: str, version: str) -> None:
    """From now on each log line of ours from ERROR on is an event at this DSN, sent in the background."""
    import sentry_sdk  # noqa: PLC0415
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415

    sentry_sdk.init(
        dsn,
        release=f"vbot-bridge@{version}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=_only_what_is_allowed,
    )


def _only_what_is_allowed(event: Any, hint: Mapping[str, Any]) -> Any:
    record = hint.get("log_record")
    if not isinstance(record, logging.LogRecord) or not record.name.startswith("bridge"):
        return None  # another library's text may hold anything
    text, about = split(record)
    sent = {name: event[name] for name in _KEPT if name in event}
    sent["logentry"] = {"message": text}
    sent["tags"] = {name: str(value) for name, value in about.items()}
    sent["fingerprint"] = ["{{ default }}", text]
    caught = (event.get("exception") or {}).get("values") or []
    if caught:
        sent["exception"] = {"values": [_exception(one) for one in caught]}
    return sent


def _exception(one: Mapping[str, Any]) -> dict[str, Any]:
    """Its type and its places, without its text."""
    frames = (one.get("stacktrace") or {}).get("frames") or []
    places = [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
    return {"type": one.get("type"), "module": one.get("module"), "stacktrace": {"frames": places}}
