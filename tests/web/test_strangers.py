"""Clients that send slowly, or nothing, or what nobody wants, keep nobody waiting: as gunicorn.conf.py serves them."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.processes import Site, ask, order, wait_for

ROOT = Path(__file__).parents[2]
MANY = 60  # strangers of each kind; the web has 8 threads
BEGINNINGS = (
    b"",
    b"P",
    b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
    b"GET / HTTP/1.1\r\nX: ",
)

# The worker's limits made small, and a thread that stays in the application.
APP = """
import sys
import threading
from bridge.web import gunicorn_worker

gunicorn_worker.REQUEST_SECONDS = gunicorn_worker.FIRST_BYTE_SECONDS = 0.6
gunicorn_worker.MAX_HELD = 300_000
never = threading.Event()

def app(environ, start_response):
    size = len(environ["wsgi.input"].read())
    if environ["PATH_INFO"] == "/hold":
        never.wait(60)
    if environ["PATH_INFO"] == "/switch":
        size = sys.getswitchinterval()
    start_response("200 OK", [("Content-Length", str(len(str(size))))])
    return [str(size).encode()]
"""


def test_strangers_of_every_kind_keep_no_order_waiting(site: Site) -> None:
    with contextlib.ExitStack() as opened:
        for begun in BEGINNINGS * (MANY // 2):
            _open(opened, site.port, begun)
        statuses = [site.send("shop", order(7000 + n)).status for n in range(20)]
        assert site.ask("GET", "/healthz").status == 200
    assert statuses == [200] * 20


@pytest.mark.parametrize("head", [b"POST /hooks HTTP/1.1", b"POST /x/y HTTP/1.1", b"DELETE /hooks/shop HTTP/1.1"])
@pytest.mark.parametrize("frame", [b"Content-Length: 900000", b"Transfer-Encoding: chunked"])
def test_what_nobody_reads_is_refused_before_its_body_comes(site: Site, head: bytes, frame: bytes) -> None:
    with contextlib.ExitStack() as opened:
        stranger = _open(opened, site.port, head + b"\r\nHost: a\r\n" + frame + b"\r\n\r\n")
        answer = _read(stranger)
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 405 "))
    assert b"connection: close" in answer.lower()


def test_one_who_waits_for_a_word_gets_one_and_its_answer(site: Site) -> None:
    with contextlib.ExitStack() as opened:
        head = b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n"
        asking = _open(opened, site.port, head + b"Expect: 100-continue\r\n\r\n")
        assert asking.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asking.sendall(b"{}")
        assert _read(asking).startswith(b"HTTP/1.1 401 ")


def test_the_lamp_shines_while_every_thread_is_held(tmp_path: Path) -> None:
    with _serve(tmp_path) as port, contextlib.ExitStack() as opened:
        for _ in range(20):
            _open(opened, port, b"GET /hold HTTP/1.1\r\nHost: a\r\n\r\n")
        assert ask(port, "GET", "/healthz").status == 200


def test_a_thread_that_computes_lets_the_others_go_on_soon(tmp_path: Path) -> None:
    with _serve(tmp_path) as port:
        assert float(ask(port, "GET", "/switch").body) <= 0.001


def test_whoever_takes_too_long_is_answered_and_cut_off(tmp_path: Path) -> None:
    with _serve(tmp_path) as port, contextlib.ExitStack() as opened:
        silent, begun, half = (
            _open(opened, port, data)
            for data in (b"", b"POST /", b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        )
        assert _read(silent) == b""
        assert _read(begun).startswith(b"HTTP/1.1 408 ")
        assert _read(half).endswith(b"\r\n\r\n4")  # the application judges it


def test_the_longest_waiting_gives_way_where_places_or_memory_end(tmp_path: Path) -> None:
    with _serve(tmp_path, "--worker-connections", "30") as port, contextlib.ExitStack() as opened:
        for _ in range(100):
            _open(opened, port, b"")
        assert ask(port, "POST", "/x", b"12").body == b"2"
    with _serve(tmp_path) as port, contextlib.ExitStack() as opened:
        for _ in range(20):
            _open(opened, port, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" + b"x" * 80_000)
        assert ask(port, "POST", "/x", b"123").body == b"3"


def test_a_stopping_server_answers_what_has_begun_and_waits_for_no_silence(tmp_path: Path) -> None:
    with _serve(tmp_path) as port, contextlib.ExitStack() as opened:
        for _ in range(10):
            _open(opened, port, b"")
        begun = _open(opened, port, b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha")
        assert ask(port, "GET", "/healthz").status == 200
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)
        begun.sendall(b"lf")
        assert _read(begun).endswith(b"\r\n\r\n4")
        wait_for("the server's end", lambda: not (tmp_path / "pid").exists(), 10)


def _open(opened: contextlib.ExitStack, port: int, begun: bytes) -> socket.socket:
    stranger = opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    with contextlib.suppress(ConnectionError):  # one that had to give way
        stranger.sendall(begun)
    return stranger


def _read(connection: socket.socket) -> bytes:
    """Everything up to the server's end."""
    found = b""
    while data := connection.recv(65_536):
        found += data
    return found


@contextlib.contextmanager
def _serve(folder: Path, *options: str) -> Iterator[int]:
    """gunicorn.conf.py serves APP at this port."""
    (folder / "plain.py").write_text(APP)
    port = postgres.free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{folder}",
        "PORT": str(port),
        "BIND": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder / 'bridge.db'}",
        "BRIDGE_SECRET_KEY": "k" * 32,
    }
    command = [sys.executable, "-m", "gunicorn", "--pid", str(folder / "pid"), *options, "plain:app"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        try:
            assert server.stdout
            assert any(b"Booting worker" in line for line in server.stdout)
            yield port
        finally:
            server.kill()
