"""The bridge itself, as `run` starts it: settings made for this one demo, and a process that is gone afterwards."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.core.model import Json, Source
from bridge.fake_vbot import FakeVBot, People, Settings

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
COMMAND_SECONDS = 40
HOTLINE = "0812345678"
TEMPLATE = "CONFIRM_ORDER"
# Among the first ten of these people some confirm, two decline and two answer only the second call.
SEED = "1275"
FIELDS = ("customer_name", "order_number", "total")

# Platform -> the source of the demo, and the setting that holds its secret.
SOURCES = {
    "shopify": ("shopify-demo", "DEMO_SHOPIFY_SECRET"),
    "woocommerce": ("woocommerce-demo", "DEMO_WOOCOMMERCE_SECRET"),
    "haravan": ("haravan-demo", "DEMO_HARAVAN_SECRET"),
    "generic": ("generic-demo", "DEMO_GENERIC_SECRET"),
}

CONFIGURATION = """\
sources:
  - {id: shopify-demo, platform: shopify, secrets: ["${DEMO_SHOPIFY_SECRET}"]}
  - {id: woocommerce-demo, platform: woocommerce, secrets: ["${DEMO_WOOCOMMERCE_SECRET}"]}
  - {id: haravan-demo, platform: haravan, secrets: ["${DEMO_HARAVAN_SECRET}"]}
  - {id: generic-demo, platform: generic, secrets: ["${DEMO_GENERIC_SECRET}"], settings: {scheme: standard}}
hotlines:
  - {code: "0812345678", max_active: 100000}
rules:
  - rule: confirm-cod
    template: CONFIRM_ORDER
    on: [order.created]
    when: order.payment.cod and order.total >= 100000
    to: [order.phone, shipping.phone, customer.phone]
    datas:
      customer_name: {from: [shipping.name, customer.name], format: [clean, name_vi], default: "quý khách"}
      order_number: "{{ order.number | remove: '#' }}"
      total: {from: order.total, format: vnd_words}
    after: 3s                                     # long enough for the one who cancels at once
    window: {from: "00:00", to: "24:00"}          # the demo rings at any hour; a real rule does not
    answers: {"1": confirmed, "2": declined, "0": agent}
    redial: {on: [no_answer, busy], times: 2, every: 1s}    # a real rule leaves people half an hour
    cooldown: 0
"""


class DemoFailed(Exception):
    """The demo cannot go on. `word` names a sentence of the demo, `facts` are its facts; `log` holds the last lines."""

    def __init__(self, word: str, log: str = "", **facts: object) -> None:
        super().__init__(word)
        self.word = word
        self.log = log
        self.facts = facts


@dataclass(frozen=True, repr=False)
class Bridge:
    """A bridge made for one demo. `settings` are all that its processes see."""

    folder: Path
    port: int
    settings: Mapping[str, str]
    sources: Mapping[str, Source]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def check(self) -> None:
        """DemoFailed with the log's last words if the bridge has ended."""
        if self.process.poll() is not None:
            raise DemoFailed("died", self.last_words())

    def last_words(self) -> str:
        log = (self.folder / "bridge.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(log[-12:])

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one command of the bridge on this one. DemoFailed where it does not end in time."""
        try:
            return subprocess.run(  # noqa: S603 - our own command
                [sys.executable, "-m", "bridge", *command],
                cwd=self.folder,
                env=_environment(self.settings, self.port),
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemoFailed("no_answer", command=command[0], seconds=COMMAND_SECONDS) from None


def make_fake(port: int) -> FakeVBot:
    """A VBot with secrets of its own that knows the demo's hotline and template, and posts results to this port."""
    vbot = FakeVBot(
        Settings(
            token=secrets.token_urlsafe(24),
            username=f"demo-{secrets.token_hex(4)}",
            password=secrets.token_urlsafe(24),
            vbot_id=secrets.token_hex(8),
            project_code="DEMO",
        ),
        people=People(
            seed=SEED,
            seconds=(0.4, 1.5),
            results_to=f"http://127.0.0.1:{port}/vbot/results",
            authorization=secrets.token_urlsafe(24),
        ),
    )
    vbot.hotline(HOTLINE)
    vbot.template(TEMPLATE, *({"cfkey": field, "cfname": field} for field in FIELDS))
    return vbot


@contextlib.contextmanager
def start_bridge(folder: Path, port: int, vbot: FakeVBot, hurry: threading.Event) -> Iterator[Bridge]:
    """A bridge is starting in this folder; on leaving it has ended, at once if `hurry` is set."""
    keys = {setting: _make_secret(platform) for platform, (_, setting) in SOURCES.items()}
    sources = {platform: Source(name, platform, (keys[setting],)) for platform, (name, setting) in SOURCES.items()}
    settings = _settings(folder, port, vbot) | keys
    (folder / "bridge.yaml").write_text(CONFIGURATION, encoding="utf-8")
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    (folder / "settings.env").write_text(lines, encoding="utf-8")
    with (folder / "bridge.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "run"],
            cwd=folder,
            env=_environment(settings, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in a terminal reaches only the demo, which then ends it in order
        )
        try:
            yield Bridge(folder, port, settings, sources, process)
        finally:
            _end(process, hurry)


def wait_until_ready(bridge: Bridge, stop: threading.Event) -> bool:
    """True once web and worker answer; False if stopped before. DemoFailed when they do not come up."""
    until = time.monotonic() + START_SECONDS
    while not stop.wait(0.1):
        if bridge.process.poll() is not None or time.monotonic() > until:
            raise DemoFailed("no_start", bridge.last_words())
        if _readiness(bridge.port).get("worker") == "beats":
            return True
    return False


def _settings(folder: Path, port: int, vbot: FakeVBot) -> dict[str, str]:
    account = vbot.settings
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'bridge.db'}",
        "PORT": str(port),
        "VBOT_URL": vbot.url,
        "VBOT_API": "v1",
        "VBOT_USERNAME": account.username,
        "VBOT_PASSWORD": account.password,
        "VBOT_ID": account.vbot_id,
        "VBOT_PROJECT_CODE": account.project_code,
        "VBOT_HOTLINE": HOTLINE,
        "VBOT_WEBHOOK_AUTH": vbot.people.authorization if vbot.people else "",
        "BRIDGE_SECRET_KEY": secrets.token_hex(32),
        "CONSOLE_PASSWORD": f"demo-{secrets.token_hex(3)}",  # on this machine alone, while the demo runs
        "API_TOKEN": secrets.token_urlsafe(24),
        "BRIDGE_CONFIG": "bridge.yaml",
    }


def _environment(settings: Mapping[str, str], port: int) -> dict[str, str]:
    """Nothing of the person's own environment, whose settings may be those of a real bridge."""
    return {
        **settings,
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *(path for path in sys.path if path)]),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}",  # nobody else in the network
    }


def _make_secret(platform: str) -> str:
    key = secrets.token_bytes(24)
    return "whsec_" + base64.b64encode(key).decode() if platform == "generic" else key.hex()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _readiness(port: int) -> dict[str, Json]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        document = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return document if isinstance(document, dict) else {}


def _end(process: subprocess.Popen[bytes], hurry: threading.Event) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    until = time.monotonic() + COMMAND_SECONDS
    while process.poll() is None and time.monotonic() < until and not hurry.wait(0.05):
        pass
    # Whatever is left of its process group, should it have been killed from outside.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
