"""What a process tells the outside while it serves: log lines, and traces and errors where the settings name who takes
them."""

from __future__ import annotations

from bridge import __version__
from bridge.lib.logs import start_logging
from bridge.lib.telemetry.error_reports import start_error_reports
from bridge.lib.telemetry.tracing import start_tracing
from bridge.settings import Config
from bridge.store import trace_secret


def start_observing(config: Config) -> None:
    """Called once, in the process that serves."""
    start_logging(config.log_level, config.log_format)
    if config.traces_url is not None:
        start_tracing(config.traces_url, config.traces_headers, trace_secret(config.secret_keys[0]), __version__)
    if config.sentry_dsn is not None:
        start_error_reports(config.sentry_dsn, __version__)
