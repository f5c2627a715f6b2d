"""gunicorn's threads, each given whole requests only: a slow or silent client waits where it costs no thread.

gunicorn's own `gthread` reads each request in a thread, so that eight clients that send a byte now and then hold all
eight. Here the main loop collects the bytes of every connection (`arrival`); a thread then parses and answers without
reading the socket. A connection that takes too long, or one of too many, ends.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import unquote

from flask import Flask
from gunicorn import http  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from bridge.lib.compression import MAX_BODY
from bridge.web.arrival import Arrival
from bridge.web.bodies import takes_body
from bridge.web.console import is_console

REQUEST_SECONDS = 30  # from a request's first byte to its last
FIRST_BYTE_SECONDS = 30  # that a new connection may be silent
LINGER_SECONDS = 10  # that a client may go on sending what nobody reads, so that it sees its answer
STOP_SECONDS = 2  # that a stopping worker waits for a request on an idle connection
SWEEP_SECONDS = 0.5
CONSOLE_THREADS = 2  # people who click must not take the threads of hooks
MOST_TOO_SLOW = 16  # that are answered in one sweep: hundreds end at one moment, and orders would wait behind them
MAX_HELD = 64 * MAX_BODY  # bytes of all requests that are not whole yet
PIECE = 65_536

_HEALTH = "/healthz"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_TOO_SLOW = (
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    b"Content-Length: 109\r\n\r\n"
    b'{"type":"about:blank","title":"Request Timeout","status":408,"detail":"The request took too long to arrive."}'
)


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """A client's connection, and its request that is arriving. None: nothing more is read of it."""

    arrival: Arrival | None


class WholeRequestWorker(ThreadWorker):  # type: ignore[misc]
    """Reads in the loop, answers in threads; `/healthz` has a thread of its own, and people have two."""

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what would be answered in clear, and reads the socket where nothing here does."""
        if cfg.is_ssl:
            sys.exit("gunicorn speaks plain HTTP here; let a web server in front speak TLS (docs/deploy.md)")

    def init_process(self) -> None:
        self._health = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._console = ThreadPoolExecutor(max_workers=CONSOLE_THREADS, thread_name_prefix="console")
        self._waiting: dict[Connection, None] = {}  # in the loop's hands, the longest waiting first
        self._held = 0  # bytes of their requests
        self._swept = 0.0
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection; the longest waiting one ends where there are too many."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        conn = Connection(self.cfg, client, address, listener.getsockname())
        conn.initialized = True  # gunicorn would make a parser that reads the socket
        if self.nr_conns >= self.worker_connections:
            self._end_longest_waiting()
        self._expect_request(conn, b"", FIRST_BYTE_SECONDS)

    def _answer(self, conn: Connection, arrival: Arrival) -> None:
        """Let a thread answer the request that has come whole."""
        pool = self._pool_of(arrival.target.partition("?")[0])
        conn.data_ready = True
        conn.parser = http.get_parser(self.cfg, [arrival.take()], conn.client)
        pool.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def _pool_of(self, path: str) -> ThreadPoolExecutor:
        if path == _HEALTH:
            return self._health
        pool: ThreadPoolExecutor = self._console if is_console(unquote(path)) else self.tpool
        return pool

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """In a thread: answer the parsed request."""
        req._expected_100_continue = False  # that word was said before the body came
        if conn.arrival is None or conn.arrival.is_last:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def finish_request(self, conn: Connection, done: Future[bool]) -> None:
        """In the loop: the next request of the connection, or its end."""
        arrival, keeps = conn.arrival, not done.cancelled() and done.exception() is None and done.result()
        # Bytes that the parser left over were part of a request for us: they are none for anybody.
        if arrival is None or arrival.is_last or not keeps or conn.parser.unreader.take_buffered():
            self._linger(conn)
        else:
            self._expect_request(conn, arrival.rest(), self.cfg.keepalive)

    def murder_pending(self) -> None:
        """End the connections whose time is over; called in each turn of the loop."""
        now = time.monotonic()
        if now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        too_slow = []
        for conn in list(self._waiting):
            if not self.alive and not conn.arrival:  # it is silent, or nothing more is read of it
                conn.timeout = min(conn.timeout, now + STOP_SECONDS)
            if conn.timeout > now:
                continue
            if conn.arrival:
                too_slow.append((conn, conn.arrival))
            else:
                self._close(conn)
        for conn, arrival in too_slow[:MOST_TOO_SLOW]:
            self._end_slow(conn, arrival)

    def _expect_request(self, conn: Connection, begun: bytes, idle_seconds: float) -> None:
        conn.arrival = arrival = Arrival(MAX_BODY, self._takes_body, begun)
        if arrival.is_whole:
            self._answer(conn, arrival)
        else:
            self._wait(conn, REQUEST_SECONDS if begun else idle_seconds)

    def _takes_body(self, method: str, target: str) -> bool:
        return not isinstance(self.wsgi, Flask) or takes_body(self.wsgi, method, target)

    def _wait(self, conn: Connection, seconds: float) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + seconds
        self._waiting[conn] = None
        self._held += len(conn.arrival or b"")
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _leave_loop(self, conn: Connection) -> None:
        del self._waiting[conn]
        self._held -= len(conn.arrival or b"")
        self.poller.unregister(conn.sock)

    def _receive(self, conn: Connection, client: socket.socket) -> None:
        """Bytes have come, or the client's end of them."""
        try:
            data = client.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            self._close(conn)
            return
        arrival = conn.arrival
        if arrival is None or not (data or len(arrival)):
            if not data:
                self._close(conn)
            return
        if not len(arrival):
            conn.timeout = time.monotonic() + REQUEST_SECONDS
        self._held += len(data)
        if data:
            arrival.feed(data)
        else:
            arrival.cut()
        if arrival.is_whole:
            self._leave_loop(conn)
            self._answer(conn, arrival)
        elif arrival.wants_word:
            arrival.wants_word = False
            self._say(conn, _CONTINUE)
        while self._held > MAX_HELD:
            self._end_longest_waiting()

    def _end_slow(self, conn: Connection, arrival: Arrival) -> None:
        self._leave_loop(conn)
        if arrival.target:  # its platform may want another answer than the usual
            arrival.cut()
            self._answer(conn, arrival)
        else:
            self._say(conn, _TOO_SLOW)
            self._linger(conn)

    def _end_longest_waiting(self) -> None:
        longest = next(iter(self._waiting), None)
        if longest is not None:
            self._close(longest)

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more follows, and read what still comes: a reset would take the answer from the client."""
        conn.arrival = None
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._wait(conn, LINGER_SECONDS)

    def _close(self, conn: Connection) -> None:
        self._leave_loop(conn)
        self.nr_conns -= 1
        conn.close()

    def _say(self, conn: Connection, word: bytes) -> None:
        """A word that fits into the socket's buffer; whoever does not take it has gone."""
        with contextlib.suppress(OSError):
            conn.sock.send(word)
