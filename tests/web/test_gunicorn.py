"""How gunicorn serves the bridge, and what its two logs keep to themselves."""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.settings import BY_NAME

ROOT = Path(__file__).parents[2]
POSTGRES = "postgres://db.example.test/bridge"
PRIVATE = b"SESAME"  # stands wherever a token, a name or a body could

UNREADABLE = [
    b"GET /?token=SESAME nonsense\r\n\r\n",
    b"G@T /?token=SESAME HTTP/1.1\r\n\r\n",
    b"GET / HTTP/SESAME\r\n\r\n",
    b"SESAME\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nA name: SESAME\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX-Token: SESAME\x01\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: SESAME\r\n\r\n",
    b"GET / HTTP/1.1\r\nTransfer-Encoding: SESAME\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nSESAME\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcSESAME\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: SESAME\r\n\r\n",
    b"GET /?SESAME" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
]
READABLE = [
    b"GET /hooks/lan-shop?token=SESAME HTTP/1.1\r\nHost: a\r\nReferer: SESAME\r\nUser-Agent: SESAME\r\n\r\n",
    b"GET /orders/0912%20345%20678%0aSESAME-is-a-second-line HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /boom?token=SESAME HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nSESAME",
]
WORKER = "bridge.web.gunicorn_worker.WholeRequestWorker"
APP = """
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/boom":
        raise ValueError(body)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


@pytest.mark.parametrize("url", ["", "sqlite:///bridge.db", "sqlite:////data/bridge.db"])
def test_on_sqlite_one_process_serves_whatever_is_asked_for(url: str) -> None:
    conf = _conf(DATABASE_URL=url, WEB_CONCURRENCY="4")
    assert (conf["workers"], conf["threads"], conf["worker_class"]) == (1, 8, WORKER)
    assert conf["max_requests"] == 0


@pytest.mark.parametrize("url", [POSTGRES, POSTGRES.replace("postgres:", "postgresql:")])
def test_on_postgres_as_many_processes_serve_as_asked_for(url: str) -> None:
    assert _conf(DATABASE_URL=url)["workers"] == 2
    conf = _conf(DATABASE_URL=url, WEB_CONCURRENCY="4")
    assert (conf["workers"], conf["threads"], conf["worker_class"]) == (4, 8, WORKER)
    assert conf["max_requests"] > 10 * conf["max_requests_jitter"] - 1 > 0


def test_it_listens_on_the_given_port_and_outlives_the_router() -> None:
    conf = _conf(PORT="5001")
    assert conf["bind"] in ("[::]:5001", "0.0.0.0:5001")
    assert _conf()["bind"].endswith(":8000")
    assert conf["keepalive"] > 90
    assert conf["graceful_timeout"] < 25
    assert conf["control_socket_disable"] is True


@pytest.mark.parametrize(
    ("bind", "where"),
    [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000"), ("[::]", "[::]:8000"), ("0.0.0.0", "0.0.0.0:8000")],
)
def test_it_listens_where_bind_says(bind: str, where: str) -> None:
    assert _conf(BIND=bind)["bind"] == where


def test_a_place_that_is_no_address_stops_it() -> None:
    with pytest.raises(SystemExit, match="BIND must be an IP address"):
        _conf(BIND="localhost")


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY"])
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "٣", "1" * 30])
def test_a_wrong_number_stops_it_with_the_name_of_the_setting(name: str, value: str) -> None:
    with pytest.raises(SystemExit, match=name):
        _conf(DATABASE_URL=POSTGRES, **{name: value})


def test_a_missing_setting_stops_it_in_one_line(tmp_path: Path, free_port: int) -> None:
    with _gunicorn(tmp_path, free_port, BRIDGE_SECRET_KEY="") as server:
        output, _ = server.communicate()
    assert server.returncode == 1
    lines = [line for line in output.decode().splitlines() if "[INFO]" not in line]
    assert len(lines) == 1, output
    assert lines[0].startswith("BRIDGE_SECRET_KEY ")


def test_its_logs_hold_no_query_header_body_or_phone(tmp_path: Path, free_port: int) -> None:
    with _gunicorn(tmp_path, free_port, LOG_LEVEL="DEBUG") as server:
        assert _is_up(server)
        answers = [_send(free_port, request)[9:12] for request in (*READABLE, *UNREADABLE)]
        server.send_signal(signal.SIGTERM)
        log, _ = server.communicate()
    assert answers[:3] == [b"200", b"200", b"500"]
    assert all(b"400" <= status < b"502" for status in answers[3:])
    assert b"200 GET /hooks/lan-shop 2 bytes" in log
    assert b"ValueError" in log
    assert log.count(b"Invalid request from") == len(UNREADABLE)
    assert PRIVATE not in log.replace(b"?SESAME-is-a-second-line", b"")
    assert b"345" not in log


def _conf(**environment: str) -> dict[str, Any]:
    """What gunicorn reads when only this is set."""
    with pytest.MonkeyPatch.context() as patch:
        for name in BY_NAME:
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


@contextlib.contextmanager
def _gunicorn(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "plain.py").write_text(APP)
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'bridge.db'}",
        "BRIDGE_SECRET_KEY": "k" * 32,
        **settings,
    }
    command = [sys.executable, "-m", "gunicorn", "--access-logfile", "-", "plain:app"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            yield server
        finally:
            server.kill()


def _is_up(server: subprocess.Popen[bytes]) -> bool:
    assert server.stdout
    return any(b"Booting worker" in line for line in server.stdout)


def _send(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(100)
