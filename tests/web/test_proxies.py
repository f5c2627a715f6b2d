"""nginx, HAProxy and Caddy in front, by the blocks of docs/deploy.md as they stand there."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.lib.compression import MAX_BODY
from bridge.platforms import find_platform
from tests import postgres
from tests.processes import Site, configure, open_site, order, sign, wait_for

ROOT = Path(__file__).parents[2]
SLOW = 50
PROXIES = ("nginx", "haproxy", "caddy")
CERTIFICATE = "/etc/letsencrypt/live/bridge.example.com/fullchain.pem"
KEY = "/etc/letsencrypt/live/bridge.example.com/privkey.pem"

# What the blocks leave to the machine: where they stand in Debian's own configuration, and where this test listens.
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{block}
}}
"""
Curl = Callable[..., int]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(migrated_sqlite, folder / "bridge.db")
    configure(f"sqlite:///{folder / 'bridge.db'}")
    with open_site(folder, f"sqlite:///{folder / 'bridge.db'}") as site:
        site.start_web()
        yield site


@pytest.fixture(scope="module", params=PROXIES)
def proxy(
    request: pytest.FixtureRequest,
    site: Site,
    program: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """The https port of the proxy, in front of the site."""
    name, folder, port = request.param, tmp_path_factory.mktemp("proxy"), postgres.free_port()
    path = program(name)
    _make_certificate(folder, program("openssl"))
    (folder / "conf").write_text(_configuration(name, folder, port, site.port))
    command = {
        "nginx": [path, "-c", f"{folder}/conf", "-p", str(folder), "-e", f"{folder}/errors"],
        "haproxy": [path, "-db", "-f", f"{folder}/conf"],
        "caddy": [path, "run", "--adapter", "caddyfile", "--config", f"{folder}/conf"],
    }[name]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(command, cwd=folder, env={"HOME": str(folder)}, stdout=log, stderr=log)
    try:
        wait_for(f"{name}: {(folder / 'log').read_text()}", lambda: running.poll() is None and _answers(port))
        yield port
    finally:
        running.terminate()
        running.wait()


@pytest.fixture(scope="module")
def curl(program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Curl:
    """(port, path, body, headers, version) -> the status of the answer to this POST."""
    found, folder = program("curl"), tmp_path_factory.mktemp("curl")

    def post(port: int, path: str, body: bytes, headers: Sequence[tuple[str, str]], version: str) -> int:
        (folder / "body").write_bytes(body)
        named = {name.lower() for name, _ in headers}
        given = [f"{name}: {value}" for name, value in headers] + ([] if "expect" in named else ["Expect:"])
        words = [word for header in given for word in ("--header", header)]
        command = [found, "--insecure", "--silent", version, "--output", str(folder / "answer"), *words]
        command += ["--write-out", "%{http_code} %{http_version}", "--data-binary", f"@{folder}/body"]
        shown = subprocess.run(
            [*command, f"https://localhost:{port}{path}"], capture_output=True, text=True, check=False
        )
        status, _, spoken = shown.stdout.partition(" ")
        assert spoken == version.removeprefix("--http"), shown
        return int(status)

    return post


def test_signed_orders_pass_as_they_are(proxy: int, curl: Curl, site: Site) -> None:
    for source, name, topic in (("shopify", "shopify", "orders/create"), ("woo", "woocommerce", "order.created")):
        platform = find_platform(name)
        assert platform is not None
        body = json.dumps(platform.sample.document(datetime.now(UTC))).encode()
        headers = sign(source, body, topic)
        for version in ("--http1.1", "--http2"):
            for prefix in ("", "/bridge"):
                assert curl(proxy, f"{prefix}/hooks/{source}", body, headers, version) == 200
    assert curl(proxy, "/hooks/shopify", body, sign("shop", body), "--http2") == 401


def test_bodies_in_chunks_packed_or_after_a_word_pass(proxy: int, curl: Curl) -> None:
    body = order(8101, note="Gọi trước khi giao " * 3000)
    packed = gzip.compress(body)
    assert curl(proxy, "/hooks/shop", body, [*sign("shop", body), ("Transfer-Encoding", "chunked")], "--http1.1") == 200
    assert curl(proxy, "/hooks/shop", packed, [*sign("shop", body), ("Content-Encoding", "gzip")], "--http2") == 200
    assert curl(proxy, "/hooks/shop", body, [*sign("shop", body), ("Expect", "100-continue")], "--http1.1") == 200


@pytest.mark.parametrize("frame", [[], [("Transfer-Encoding", "chunked")]])
def test_1_mb_passes_and_one_byte_more_is_refused_by_us(proxy: int, curl: Curl, frame: list[tuple[str, str]]) -> None:
    body = order(8102)
    full = body + b" " * (MAX_BODY - len(body))
    assert curl(proxy, "/hooks/shop", full, [*sign("shop", full), *frame], "--http1.1") == 200
    more = full + b" "
    assert curl(proxy, "/hooks/shop", more, [*sign("shop", more), *frame], "--http1.1") == 413
    # Our own answer, which this platform needs: a 4xx would end its webhook.
    assert curl(proxy, "/hooks/kiot", more, [*sign("kiot", more), *frame], "--http1.1") not in range(400, 500)


@pytest.mark.parametrize("frame", [[], [("Transfer-Encoding", "chunked")]])
def test_what_is_much_too_large_is_refused_for_good(proxy: int, curl: Curl, frame: list[tuple[str, str]]) -> None:
    # 502 would mean to the shop that we are down, and to send the same again.
    body = order(8103) + b" " * (3 * MAX_BODY)
    assert curl(proxy, "/hooks/shop", body, [*sign("shop", body), *frame], "--http1.1") == 413
    assert curl(proxy, "/hooks/shop", body, [*sign("shop", body)], "--http2") == 413


def test_slow_clients_keep_no_order_waiting(proxy: int, site: Site) -> None:
    context = ssl._create_unverified_context()
    with contextlib.ExitStack() as opened:
        for n in range(SLOW):
            plain = opened.enter_context(socket.create_connection(("127.0.0.1", proxy), timeout=20))
            if n % 2:
                slow = opened.enter_context(context.wrap_socket(plain, server_hostname="localhost"))
                slow.sendall(b"POST /hooks/shop HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        connection = http.client.HTTPSConnection("localhost", proxy, timeout=20, context=context)
        for n in range(30):
            body = order(8200 + n)
            connection.request("POST", "/hooks/shop", body, dict(sign("shop", body)))
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
        connection.close()


def _configuration(name: str, folder: Path, port: int, behind: int) -> str:
    """The block of the docs, with this test's ports and certificate."""
    text = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
    block = text.partition(f"```{name}\n")[2].partition("```")[0].replace("127.0.0.1:8000", f"127.0.0.1:{behind}")
    assert block, f"docs/deploy.md has no block for {name}"
    match name:
        case "nginx":
            block = block.replace("443", str(port)).replace(CERTIFICATE, f"{folder}/cert").replace(KEY, f"{folder}/key")
            return NGINX.format(folder=folder, block=block)
        case "haproxy":
            return block.replace(":443", f"127.0.0.1:{port}").replace("/etc/haproxy/bridge.pem", f"{folder}/pem")
    block = block.replace("{\n", "{\n    admin off\n    auto_https off\n", 1)
    return block.replace("bridge.example.com {", f"https://localhost:{port} {{\n    tls {folder}/cert {folder}/key", 1)


def _make_certificate(folder: Path, openssl: str) -> None:
    made = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"]
    subprocess.run([openssl, "req", "-x509", *made, *named], check=True, capture_output=True)
    (folder / "pem").write_text((folder / "cert").read_text() + (folder / "key").read_text())


def _answers(port: int) -> bool:
    context = ssl._create_unverified_context()
    with contextlib.closing(http.client.HTTPSConnection("localhost", port, timeout=5, context=context)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
