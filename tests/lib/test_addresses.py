"""Addresses that a setting may name and the bridge never asks: each is refused before a byte leaves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bridge.lib.addresses import find_flaw, is_public
from bridge.lib.http import NotSent, send

HOSTILE = [
    # This machine, in every spelling.
    "https://127.0.0.1/",
    "https://127.0.0.1:443/",
    "https://127.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.01/",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost.localdomain/",
    "https://ip6-localhost/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    # The cloud's metadata, and the neighbours.
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254./",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://metadata.google.internal/",
    "https://169.254.170.2/",
    "https://100.100.100.200/",
    "https://168.254.169.254@169.254.169.254/",
    # Private, shared, reserved, multicast.
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:c0a8:101::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[100::1]/",
    # Tricks on whoever reads the address.
    "http://127.0.0.1/",
    "http://93.184.216.34/",
    "https://shop.example@127.0.0.1/",
    "https://127.0.0.1@shop.example.com/",
    "https://user:word@93.184.216.34/",
    "https://shop.example.com:x@127.0.0.1/",
    "https://93.184.216.34\\@127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https://93.184.216.34#@127.0.0.1/",
    "https://127.0.0.1#.example.com/",
    "https://127.0.0.1%2f.example.com/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://ⓛocalhost/",
    "https://127.0.0.1 .example.com/",
    "https://127.0.0.1\t/",
    "https://127.0.0.1\r\nHost: a/",
    "https:///127.0.0.1/",
    "https://[::1/",
    "https://93.184.216.34:0/",
    "https://93.184.216.34:99999/",
    "https://93.184.216.34:443:443/",
    "https://-a.example.com/",
    "https://intranet/",
    "https://shop.example.com./",
    "ftp://93.184.216.34/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//93.184.216.34/",
    "",
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "1.1.1.1"]


@pytest.fixture
def touched() -> Iterator[list[object]]:
    """Who came to a local port, by either family; a byte would be one too many."""
    came: list[object] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        try:
            while True:
                came.append(listener.accept()[1])
        except OSError:
            return

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    came_before = list(came)
    yield came
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(10)
    assert came == came_before


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_a_byte_leaves(url: str) -> None:
    with pytest.raises(NotSent) as refused:
        send("GET", url, headers={}, body=None, deadline=time.monotonic() + 10, public_only=True)
    # A name that nobody resolves here has no address to be judged.
    names = ("metadata.google.internal", "localhost.localdomain")
    allowed = {"address_refused", "name_resolution"} if any(name in url for name in names) else {"address_refused"}
    assert refused.value.reason in allowed


def test_a_name_that_resolves_to_this_machine_is_refused_and_nobody_is_touched(touched: list[object]) -> None:
    for url in ("https://localhost/", f"https://{socket.gethostname()}.localhost/", "https://a.localhost:8443/"):
        with pytest.raises(NotSent):
            send("GET", url, headers={}, body=None, deadline=time.monotonic() + 5, public_only=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://public.kiotapi.com/orders/1",
        "https://api.bigcommerce.com:443/stores/abc/v2/orders/1?limit=5",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]:8443/",
        "https://1.shop.example.com/",
    ],
)
def test_an_ordinary_address_has_no_flaw(url: str) -> None:
    assert find_flaw(url) is None


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "fe80::1%eth0", "2606:2800:220:1::1%1", "::ffff:10.0.0.1"])
def test_what_is_no_public_address_is_none(text: str) -> None:
    assert not is_public(text)
