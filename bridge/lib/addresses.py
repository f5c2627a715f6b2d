"""Which addresses a request may go to when somebody else wrote them down: those of the public internet, by HTTPS.

A URL is judged as it is written, and again by the addresses that its name resolves to.
Source: the special-purpose address registries of IANA, as the standard library knows them.
"""

from __future__ import annotations

import queue
import re
import socket
import threading
import time
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

# Addresses that hold an IPv4 address, and where in them it begins, in bits from the right.
_TRANSLATED = ((IPv6Network("64:ff9b::/96"), 0), (IPv6Network("::ffff:0:0/96"), 0))
# Global to the standard library of some Pythons, and none of them a shop.
_NEVER = tuple(
    IPv6Network(text) for text in ("64:ff9b:1::/48", "2001::/23", "2002::/16", "2001:db8::/32", "3fff::/20", "::/96")
)
_UNICAST = IPv6Network("2000::/3")
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+|\[[0-9A-Fa-f:.]+\]")


def is_public(address: str) -> bool:
    """Whether this numeric address is one of the public internet: no private, loopback, link-local, shared,
    reserved or multicast one, however it is written; an IPv4 address within an IPv6 one is judged itself.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_v4(found)
    for network, shift in _TRANSLATED:
        if found in network:
            return _is_public_v4(IPv4Address((int(found) >> shift) & 0xFFFFFFFF))
    return _is_public_v6(found)


def find_flaw(url: str) -> str | None:
    """Why no request goes to this URL, as a word; None if one may, once its name is resolved.

    https alone, a plain host name or address, no user name, no blanks, backslashes or control characters.
    """
    if not url.isascii() or not url.isprintable() or any(character in url for character in " \\#"):
        return "characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "form"
    if parts.scheme != "https" or "@" in parts.netloc:
        return "user" if "@" in parts.netloc else "scheme"
    host = parts.netloc if port is None else parts.netloc.rpartition(":")[0]
    return None if port != 0 and _HOST.fullmatch(host) and _is_clear(parts.hostname or "") else "host"


def resolve(host: str, port: int, until: float) -> list[Any]:
    """The addresses of a name that are known in time. A resolver cannot be interrupted, only left behind."""
    with suppress(OSError, ValueError):
        numeric: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return numeric  # no resolver is needed
    found: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError):
            found.put([])

    threading.Thread(target=look_up, name="http-resolver", daemon=True).start()
    try:
        return found.get(timeout=max(until - time.monotonic(), 0.001))
    except queue.Empty:
        return []


def _is_clear(name: str) -> bool:
    """No number but four decimal ones: 0177.0.0.1 and 0x7f.1 mean another address to each reader."""
    last = name.rpartition(".")[2]
    if ":" in name or not (last.isdigit() or last.startswith("0x")):
        return True
    try:
        return str(IPv4Address(name)) == name
    except ValueError:
        return False


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _is_public_v6(address: IPv6Address) -> bool:
    if address not in _UNICAST or address.scope_id or any(address in network for network in _NEVER):
        return False
    return address.is_global
