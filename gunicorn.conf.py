"""How gunicorn serves the bridge; it finds this file in the folder where it starts."""

import logging
import os
import re
import resource
import signal
import socket
import struct
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from bridge.core.model import BadSetting
from bridge.lib.logs import JsonFormatter
from bridge.settings import BY_NAME, socket_address
from bridge.web import check_start
from bridge.web.watching import watch_in_background


def _setting(name: str) -> Any:
    try:
        return BY_NAME[name].read()
    except BadSetting as problem:
        sys.exit(str(problem))


def _bind(port: int) -> str:
    """Where to listen: BIND, else every address; `run` says otherwise on its command line."""
    host = _setting("BIND")
    return socket_address(host, port) if host else _every_address(port)


def _every_address(port: int) -> str:
    """IPv6 that takes IPv4 too, which Heroku's router may use; IPv4 alone where the machine has no such thing."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            takes_both = not probe.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    except OSError:
        takes_both = False
    return f"[::]:{port}" if takes_both else f"0.0.0.0:{port}"


def _connections() -> int:
    """How many connections a process may hold: as many as the system lets it have files, but for its own."""
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OWN_FILES
    if files < wanted:
        files = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    return max(min(files, wanted) - _OWN_FILES, 50)


class _JsonLogger(Logger):
    """gunicorn's own lines as JSON too, from the first on."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(JsonFormatter())


_ANSWER_SECONDS = 10  # for which a client may take nothing of its answer, for it holds a thread
_MOST_CONNECTIONS = 4000  # each waits in a loop; the longest waiting gives way to a new one
_OWN_FILES = 150
_SWITCH_SECONDS = 0.001  # Python's own 5 ms, at each of a hook's waits, add up while another thread parses a large body

_on_sqlite = _setting("DATABASE_URL").startswith("sqlite")

wsgi_app = "bridge.web:create_app()"
bind = _bind(_setting("PORT"))
worker_class = "bridge.web.gunicorn_worker.WholeRequestWorker"
worker_connections = _connections()
workers = 1 if _on_sqlite else _setting("WEB_CONCURRENCY")  # one process: SQLite has one writer
threads = 8
_memory = Path("/dev/shm")  # noqa: S108 - the heartbeat's own file, which gunicorn opens by mkstemp
worker_tmp_dir = str(_memory) if _memory.is_dir() else None  # the heartbeat must not wait for a disk

timeout = 30
graceful_timeout = 20  # Heroku kills 30 s after SIGTERM
keepalive = 95  # longer than the router's 90 s, so that it is the router that closes
max_requests = 0 if _on_sqlite else 20_000  # against slow leaks; with one process a restart would make callers wait
max_requests_jitter = 0 if _on_sqlite else 2_000

forwarded_allow_ips = ""  # nothing here asks who a proxy speaks for, and contradictory words would be a 400

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
control_socket_disable = True  # else it opens a socket in the home folder

# At debug level gunicorn logs pieces of requests.
loglevel = {"ERROR": "error", "WARNING": "warning"}.get(_setting("LOG_LEVEL"), "info")
accesslog = "-"
logger_class = _JsonLogger if _setting("LOG_FORMAT") == "json" else Logger
# Neither the query nor a header: tokens may stand there. Heroku switches the log on by a flag; the format still holds.
access_log_format = "%(s)s %(m)s %(U)s %(B)s bytes %(M)s ms"


def on_starting(server: Any) -> None:
    """Refuse to start in one line here: workers that refuse would be started again and again."""
    try:
        check_start()
    except BadSetting as problem:
        sys.exit(str(problem))
    server.log.access_log.addFilter(_mask_path)
    server.log.error_log.addFilter(_drop_request)


def when_ready(server: Any) -> None:
    """Accepted connections inherit it; gunicorn itself would wait for ever."""
    for listener in server.LISTENERS:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", _ANSWER_SECONDS, 0))


def post_worker_init(worker: Any) -> None:
    sys.setswitchinterval(_SWITCH_SECONDS)
    watch_in_background(worker.wsgi)
    if os.environ.get("BRIDGE_SUPERVISED"):
        threading.Thread(target=_stop_with_run, args=(os.getppid(),), daemon=True).start()


def _stop_with_run(server: int) -> None:
    """`python -m bridge run` holds our standard input; however it ends, killed too, nobody else ends the server."""
    os.read(0, 1)
    if os.getppid() == server:
        os.kill(server, signal.SIGTERM)


def _mask_path(record: logging.LogRecord) -> bool:
    """A path may hold a phone number, a line break, or behind the source a token; the log holds none of them."""
    if isinstance(record.args, dict):
        path = re.sub(r"[^\x21-\x7e]", "?", str(record.args["U"]))
        path = re.sub(r"^(/+hooks/[^/]*/).+", r"\1…", path)
        record.args = {**record.args, "U": re.sub(r"\d(?:[ ?.+-]?\d){7,}", "…", path)}
    return True


def _drop_request(record: logging.LogRecord) -> bool:
    """gunicorn quotes what it cannot read, and the text of an exception may hold a value: only the kinds stay."""
    if record.exc_info and record.exc_info[0] is BlockingIOError:
        return False  # a client that does not take its answer
    text = record.getMessage()
    if text.startswith("Invalid request from"):
        record.msg, record.args = re.split(r"""(?:: )?b?['"]""", text)[0], ()
    elif text.startswith(("Error handling request", "Socket error processing request")):
        record.msg, record.args = " ".join(text.split()[:3]), ()
        if record.exc_info and record.exc_info[0]:
            frames = traceback.format_tb(record.exc_info[2])
            record.exc_text, record.exc_info = "".join([*frames, record.exc_info[0].__name__]), None
    return True
