"""One HTTP request over one connection of its own, ended at one instant, with a true answer to whether it was sent.

By `requests`, of which this is the only user; or, where each call of a shop is one request, by `http1` on the same
sockets. No keep-alive but in a `Kept`, no hidden retry, no redirect, no proxy, cookie or .netrc
of the environment.
Never logs; no exception text holds an address, a header or a body.
"""

from __future__ import annotations

import logging
import math
import re
import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from http.client import HTTPException, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ProtocolError

from bridge import __version__
from bridge.lib.addresses import find_flaw, is_public, resolve
from bridge.lib.http.http1 import Answer, BadAnswer, read_answer, write_request

__all__ = ["Answer", "Kept", "NotSent", "Unsure", "send"]

# urllib3 writes addresses with their query into its debug lines, and header text into its warnings.
logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)


class NotSent(Exception):
    """No byte of the request left this machine: it may be sent again. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unsure(Exception):
    """The request may have arrived, and no whole answer came back. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def send(  # noqa: PLR0913  one parameter for each limit
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    connect_seconds: float = 5,
    limit_bytes: int = 65536,
    public_only: bool = False,
    quick: bool = False,
    kept: Kept | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answer:
    """Send one request and return its whole answer before `deadline`, whatever its status.

    `quick`: without `requests`, with less than a third of the processor time; all else is the same.
    `kept`: quick, over this connection where it is open and leads there; it stays open.

    Units    deadline: an instant of `monotonic`, for name, connect, TLS, request and last byte together.
             connect_seconds: name, connect and TLS together. limit_bytes: of the answer's body.
             public_only: HTTPS to an address of the public internet; the address that was checked is the one used.
    Errors   NotSent: unsendable (no such address or header can be), deadline (already over), name_resolution,
             address_refused, connect_refused, connect_timeout, connect_failed, tls_failed: it never stood.
             Unsure: read_timeout, reset, cut_short, too_large, bad_http: it stood, so bytes may have left.
             Nothing else escapes.
    """
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise NotSent("deadline")
    if public_only and find_flaw(url):
        raise NotSent("address_refused")
    wire = _Wire(connect_seconds=min(connect_seconds, seconds), seconds=seconds, public_only=public_only)
    exchange = partial(_exchange_quickly, kept) if quick or kept is not None else _exchange
    try:
        return exchange(wire, method, url, _sent_headers(headers, kept), body, limit_bytes)
    except (NotSent, Unsure):
        raise
    except Exception as error:  # whatever a library raises, what counts is whether the connection ever stood
        raise wire.explain(error) from None


class Kept:
    """One connection that stays open between requests that follow each other closely; of one thread, which closes it.

    Its address was checked when it was opened. A request that meets its end is Unsure, for nobody knows whether it
    arrived: what cannot bear that takes a connection of its own.
    """

    def __init__(self) -> None:
        self._where: tuple[object, ...] = ()
        self._sock: socket.socket | None = None

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, *where: object) -> socket.socket | None:
        """The connection that leads there, unless the other end closed it, or said what nobody asked."""
        sock, self._sock = self._sock, None
        if sock is None:
            return None
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        if where == self._where and not poll.poll(0):
            return sock
        sock.close()
        return None

    def put(self, sock: socket.socket, *where: object) -> None:
        self._sock, self._where = sock, where

    def close(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()


class _Timed(socket.socket):
    """Whoever reads or writes waits until the request's end, and not anew for each piece that trickles in."""

    until = math.inf

    def recv_into(self, *args: Any, **named: Any) -> int:
        self.settimeout(_left(self.until))
        return super().recv_into(*args, **named)

    def sendall(self, *args: Any, **named: Any) -> None:
        self.settimeout(_left(self.until))
        super().sendall(*args, **named)


class _TimedTls(ssl.SSLSocket):
    """The same over TLS, whose `sendall` is many of these."""

    until = math.inf

    def recv_into(self, *args: Any, **named: Any) -> int:
        self.settimeout(_left(self.until))
        return super().recv_into(*args, **named)

    def send(self, *args: Any, **named: Any) -> int:
        self.settimeout(_left(self.until))
        return super().send(*args, **named)


def _left(until: float) -> float | None:
    """Seconds until that instant of monotonic time, as sockets want them. TimeoutError once it is past."""
    if until == math.inf:
        return None
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _Wire:
    """One connection and what is known of it. `ready` means that bytes may leave from now on."""

    def __init__(self, *, connect_seconds: float, seconds: float, public_only: bool) -> None:
        started = time.monotonic()
        self.public_only = public_only
        self._connect_until = started + connect_seconds
        self.until = started + seconds
        self._ready = False

    def open(self, host: str, port: int) -> socket.socket:
        """A connected socket, whose time-out is what a TLS handshake may still take."""
        reason = "name_resolution"
        for family, kind, protocol, _, address in self._resolve(host, port):
            sock = _Timed(family, kind, protocol)
            try:
                sock.settimeout(_left(self._connect_until))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(address)
                sock.settimeout(_left(self._connect_until))
            except OSError as error:
                sock.close()
                reason = _connect_reason(error)
            else:
                return sock
        raise NotSent(reason)

    def begin(self, sock: Any) -> None:
        if time.monotonic() > self._connect_until:
            raise NotSent("connect_timeout")
        sock.until = self.until
        self._ready = True

    def explain(self, error: Exception) -> NotSent | Unsure:
        return Unsure(_answer_reason(error)) if self._ready else NotSent("unsendable")

    def _resolve(self, host: str, port: int) -> list[Any]:
        found = resolve(host, port, self._connect_until)
        # One local address among them is enough: whoever answers for the name chose them all.
        if self.public_only and not all(is_public(address[0]) for *_, address in found):
            raise NotSent("address_refused")
        return found


class _Plain(HTTPConnection):
    def __init__(self, wire: _Wire, **settings: Any) -> None:
        super().__init__(**settings)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        return self._wire.open(self._dns_host, self.port)

    def connect(self) -> None:
        super().connect()
        self._wire.begin(self.sock)


class _Tls(HTTPSConnection):
    def __init__(self, wire: _Wire, **settings: Any) -> None:
        super().__init__(**settings)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        return self._wire.open(self._dns_host, self.port)

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, ValueError, HTTPError) as error:
            raise NotSent("connect_timeout" if isinstance(error, TimeoutError) else "tls_failed") from None
        self._wire.begin(self.sock)


def _sent_headers(headers: Mapping[str, str], kept: Kept | None) -> dict[str, str]:
    ends = {} if kept is not None else {"Connection": "close"}
    sent = {"User-Agent": f"vbot-bridge/{__version__}", **headers, "Accept-Encoding": "identity", **ends}
    # Over TLS, requests would find out only after the connection stood.
    "".join(sent.values()).encode("latin-1")
    return sent


def _exchange(
    wire: _Wire, method: str, url: str, headers: Mapping[str, str], body: bytes | None, limit_bytes: int
) -> Answer:
    # `auth` must be given, or requests puts a user name of the address over the Authorization header.
    request = requests.Request(method, url, headers=headers, data=body, auth=lambda prepared: prepared).prepare()
    adapter = _adapter(wire)
    try:
        # The adapter alone: a session would add cookies, redirects and the environment's proxies.
        with adapter.send(request, stream=True, timeout=max(wire.until - time.monotonic(), 0.001)) as response:
            content = b""
            for chunk in response.raw.stream(limit_bytes + 1, decode_content=False):
                content += chunk
                if len(content) > limit_bytes:
                    raise Unsure("too_large")
    finally:
        adapter.close()
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, content)


@dataclass(frozen=True, repr=False)
class _Place:
    """Where a request goes, as `requests` reads an address: its host in ASCII, its path quoted.

    name  what the header Host says
    """

    is_tls: bool
    host: str
    port: int
    target: str
    name: str


# What `requests` leaves as it is, but for the escapes.
_SEGMENT, _QUERY = r"(?:[A-Za-z0-9_~-]|%[0-9A-F]{2})", r"(?:[A-Za-z0-9_.~=&+-]|%[0-9A-F]{2})"
_USUAL = re.compile(rf"(https?://[a-z0-9.-]+(?::[0-9]+)?)((?:/{_SEGMENT}(?:{_SEGMENT}|[.])*)+(?:[?]{_QUERY}*)?)")
# Escapes of what needs none, which it takes back.
_NEEDLESS = re.compile("%(?:2[DE]|3[0-9]|[46][1-9A-F]|5[0-9AF]|7[0-9AE])")


def _place(url: str) -> _Place:
    """Most addresses differ from the one before in their path alone: reading one whole takes 0.1 ms."""
    usual = _USUAL.fullmatch(url)
    if usual is None:
        return _read_place(url)
    target = usual[2]
    if _NEEDLESS.search(target):
        target = requests.utils.requote_uri(target)
    return replace(_read_place(usual[1]), target=target)


@lru_cache(maxsize=64)
def _read_place(url: str) -> _Place:
    prepared = requests.Request("POST", url).prepare()
    parts = urlsplit(str(prepared.url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no address of HTTP")
    is_tls = parts.scheme == "https"
    usual = 443 if is_tls else 80
    port = parts.port or usual
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    name = name if port == usual else f"{name}:{port}"
    return _Place(is_tls, parts.hostname, port, prepared.path_url, name)


def _exchange_quickly(
    kept: Kept | None,
    wire: _Wire,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    limit_bytes: int,
) -> Answer:
    place = _place(url)
    # What cannot be sent is found before a connection stands.
    request = write_request(method, place.name, place.target, headers, body)
    where = (place.is_tls, place.host, place.port, wire.public_only)
    found = kept.take(*where) if kept is not None else None
    sock = found or wire.open(place.host, place.port)
    may_stay = False
    try:
        sock = _wrap(sock, place.host) if place.is_tls and found is None else sock
        wire.begin(sock)
        sock.sendall(request)
        with sock.makefile("rb") as lines:
            answer, may_stay = read_answer(lines, limit_bytes)
        return answer
    except BadAnswer as error:
        raise Unsure(error.reason) from None
    finally:
        if kept is not None and may_stay:
            kept.put(sock, *where)
        else:
            sock.close()


def _wrap(sock: socket.socket, host: str) -> socket.socket:
    try:
        return _tls_context().wrap_socket(sock, server_hostname=host.rstrip("."))
    except (OSError, ValueError) as error:
        raise NotSent("connect_timeout" if isinstance(error, TimeoutError) else "tls_failed") from None


def _adapter(wire: _Wire) -> HTTPAdapter:
    def plain(host: str, port: int | None, **settings: Any) -> Any:
        pool: Any = HTTPConnectionPool(host, port, **settings)
        pool.ConnectionCls = partial(_Plain, wire)
        return pool

    def tls(host: str, port: int | None, **settings: Any) -> Any:
        pool: Any = HTTPSConnectionPool(host, port, **settings)
        pool.ConnectionCls = connect_tls
        return pool

    def connect_tls(**settings: Any) -> _Tls:
        # Our context already holds the authorities; reading their file again takes 17 ms a request.
        return _Tls(wire, **settings | {"ssl_context": _tls_context(), "ca_certs": None})

    adapter = HTTPAdapter(max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = {"http": plain, "https": tls}
    return adapter


@cache
def _tls_context() -> ssl.SSLContext:
    # The machine's own authorities (OpenSSL's SSL_CERT_FILE too), and those of requests where a machine has none.
    context = ssl.create_default_context()
    context.sslsocket_class = _TimedTls
    context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
    return context


def _connect_reason(failure: OSError) -> str:
    if isinstance(failure, TimeoutError):
        return "connect_timeout"
    return "connect_refused" if isinstance(failure, ConnectionRefusedError) else "connect_failed"


def _answer_reason(error: Exception) -> str:
    causes = _causes(error)
    for kind, reason in (
        (TimeoutError, "read_timeout"),
        (requests.Timeout, "read_timeout"),
        (ConnectionError, "reset"),
        (IncompleteRead, "cut_short"),
        (HTTPException, "bad_http"),
        (ProtocolError, "cut_short"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    return "bad_http"


def _causes(error: Exception) -> list[BaseException]:
    """An error and those that the libraries packed into it, as argument or as cause."""
    found: list[BaseException] = [error]
    for cause in found:  # grows while it is read
        parts = (*cause.args, cause.__cause__)
        found += [part for part in parts if isinstance(part, BaseException) and part not in found]
    return found
