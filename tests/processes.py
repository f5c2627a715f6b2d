"""The bridge as real processes: started, waited for by asking with a deadline, and gone when the test ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bridge.configuration import apply
from bridge.configuration import files as configfile
from bridge.core.model import Source
from bridge.platforms import find_platform, list_platforms
from bridge.rules.rule import parse_rule
from bridge.store import make_seal, migrate, open_store
from bridge.worker.periodic import JOBS
from tests import forking, postgres

ROOT = Path(__file__).parents[1]
KEY = "k" * 32
HOTLINE = "0812345678"
SECRETS = {
    "shop": "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXNob3A=",
    "woo": "secret-of-the-woo-shop",
    "haravan": "secret-of-the-haravan-shop",
    "shopify": "secret-of-the-shopify-shop",
    "tokens": "secret-token-of-the-token-shop",
    "kiot": "secret-of-the-kiotviet-shop",
    "kiot-off": "secret-of-the-closed-kiotviet-shop",
    "kiot-gone": "secret-of-the-gone-kiotviet-shop",
    "off": "whsec_c2VjcmV0LW9mLWEtc3dpdGNoZWQtb2Zm",
}
PLATFORMS = {"woo": "woocommerce", "haravan": "haravan", "shopify": "shopify"}
PLATFORMS |= {"kiot": "kiotviet", "kiot-off": "kiotviet", "kiot-gone": "kiotviet"}
# Rings at any hour: these processes look at the machine's clock.
RULE: dict[str, Any] = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "datas": {"number": "{{ order.number }}", "name": {"from": "customer.name", "default": "quý khách"}},
    "window": {"from": "00:00", "to": "24:00"},
}

T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T | None], seconds: float = 30) -> T:
    """The first answer of `look` that is true."""
    until = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.02)
    return found


def stop_worker(worker: threading.Thread, stop: threading.Event) -> None:
    """End a worker that runs in this process, with the threads of its jobs: they may hold connections of its store."""
    stop.set()
    worker.join()
    names = {"hints", "ask", *(job.name for job in JOBS)}
    for thread in [one for one in threading.enumerate() if one.name in names]:
        thread.join(10)


@dataclass
class Running:
    """One process in a group of its own, with all that it printed."""

    process: subprocess.Popen[bytes] | forking.Forked
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, seconds: float = 30) -> int:
        """Its exit code, after SIGTERM."""
        self.signal()
        return self.process.wait(seconds)

    def members(self) -> list[int]:
        """The living processes of its group."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
        rows = [line.split() for line in listed.stdout.splitlines()]
        return [int(pid) for pid, group, state in rows if int(group) == self.pid and not state.startswith("Z")]


@dataclass
class Site:
    """One installation: settings and a folder; every process started here is gone when the site closes."""

    folder: Path
    settings: dict[str, str]
    running: list[Running] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.settings["PORT"])

    def environment(self, **changes: str) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        return {name: value for name, value in {**own, **self.settings, **changes}.items() if value}

    def start(self, *command: str, shell: str = "", **changes: str) -> Running:
        """A process in the folder; `shell` runs before it, in its shell."""
        log = self.folder / f"{len(self.running)}.log"
        environment = self.environment(**changes)
        with log.open("wb") as out, Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), out.fileno(), out.fileno()]
            if shell:
                words = ["sh", "-c", f'{shell}; exec "$@"', "sh", sys.executable, "-m", *command]
                given = dict(zip(("stdin", "stdout", "stderr"), files, strict=True))
                process = subprocess.Popen(words, cwd=self.folder, env=environment, start_new_session=True, **given)
            else:
                process = forking.start(command, environment, self.folder, files)
        self.running.append(Running(process, log))
        return self.running[-1]

    def start_web(self, **options: str) -> Running:
        """gunicorn as the Procfile starts it, answering."""
        web = self.start("gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), **options)
        self.wait_until_it_answers(web)
        return web

    def start_worker(self, **options: str) -> Running:
        """A worker that has begun."""
        worker = self.start("bridge", "worker", **options)
        wait_for("a worker", lambda: self._alive(worker) and "worker started" in worker.said())
        return worker

    def start_run(self, **options: str) -> Running:
        """`run`, with web and worker ready."""
        run = self.start("bridge", "run", **options)
        self.wait_until_it_answers(run)
        wait_for("a heartbeat", lambda: self._alive(run) and self.ask("GET", "/readyz").json()["worker"] == "beats")
        return run

    def wait_until_it_answers(self, process: Running) -> None:
        wait_for("an answer of the web", lambda: self._alive(process) and self._answers())

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """One command of the bridge, to its end."""
        with (
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as err,
            Path(os.devnull).open() as nothing,
        ):
            files = [nothing.fileno(), out.fileno(), err.fileno()]
            code = forking.run(command, self.environment(**changes), self.folder, files)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, code, out.read(), err.read())

    def listed(self, *command: str) -> list[dict[str, Any]]:
        """All items that a listing command knows, oldest first."""
        return list(json.loads(self.run(*command, "--json").stdout)["items"])[::-1]

    def balance(self) -> dict[str, Any]:
        answered = self.run("balance", "--json")
        return {**json.loads(answered.stdout), "exit": answered.returncode}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Sequence[tuple[str, str]] = ()) -> Answer:
        return ask(self.port, method, path, body, headers)

    def send(self, source: str, body: bytes, topic: str = "order.created", query: str = "") -> Answer:
        return self.ask("POST", f"/hooks/{source}{query}", body, sign(source, body, topic))

    def tell(self) -> None:
        """The last that every process said, for whoever reads why a test failed."""
        for one in self.running:
            sys.stdout.write(f"--- {one.process.args}\n{one.said()[-5000:]}\n")

    def close(self) -> None:
        for one in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.process.wait()

    def _alive(self, process: Running) -> bool:
        if process.process.poll() is not None:
            raise AssertionError(f"ended with {process.process.returncode}: {process.said()}")
        return True

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@contextlib.contextmanager
def open_site(folder: Path, database_url: str, vbot_url: str = "http://127.0.0.1:9", **settings: str) -> Iterator[Site]:
    """A site on this database, with a VBot at that address; port 9 refuses."""
    site = Site(
        folder,
        {
            "DATABASE_URL": database_url,
            "PORT": str(postgres.free_port()),
            "BRIDGE_SECRET_KEY": KEY,
            "VBOT_URL": vbot_url,
            "VBOT_TOKEN": "fake-token",
            "VBOT_ID": "vbot-1",
            "VBOT_PROJECT_CODE": "SHOP",
            "VBOT_HOTLINE": HOTLINE,
            "WORKER_THREADS": "4",
            "LOG_LEVEL": "DEBUG",
            **settings,
        },
    )
    try:
        yield site
    except BaseException:
        site.tell()
        raise
    finally:
        site.close()


def configuration(*rules: dict[str, Any]) -> dict[str, Any]:
    """One source of each kind, and these rules."""
    sources: list[dict[str, Any]] = [
        {"id": name, "platform": PLATFORMS.get(name, "generic"), "secrets": [secret]}
        for name, secret in SECRETS.items()
    ]
    for source in sources:
        if source["id"] == "tokens":
            source["settings"] = {"scheme": "token"}
        if source["id"] in ("off", "kiot-off"):
            source["enabled"] = False
    return {"sources": sources, "rules": list(rules or (RULE,))}


def configure(database_url: str, *rules: dict[str, Any], key: str = KEY) -> None:
    """This migrated database holds our sources and these rules."""
    texts = [("site.json", json.dumps(configuration(*rules)))]
    written, findings = configfile.read_files(texts, parse_rule, [platform.name for platform in list_platforms()])
    assert [str(finding) for finding in findings if not finding.warning] == []
    expanded, _ = configfile.expand(written, {})
    seal = make_seal((key,))
    with contextlib.closing(open_store(database_url)) as store, store.write() as conn:
        apply.carry_out(conn, seal, apply.want(conn, seal, written, expanded), datetime.now(UTC), prune=True)


@contextlib.contextmanager
def configured_postgres(server: str) -> Iterator[str]:
    """A new database of its own, migrated and configured."""
    with postgres.database(server) as url:
        with contextlib.closing(open_store(url)) as store:
            migrate(store)
        configure(url)
        yield url


def sign(source: str, body: bytes, topic: str = "order.created") -> list[tuple[str, str]]:
    """What this source's shop sends beside the body; `topic` is the platform's word."""
    name = PLATFORMS.get(source, "generic")
    platform = find_platform(name)
    assert platform is not None
    settings = {"scheme": "token"} if source == "tokens" else {}
    return list(platform.sign(body, topic, Source(source, name, (SECRETS[source],), settings), datetime.now(UTC)))


def order(number: int, **changes: Any) -> bytes:
    """The body of a generic delivery: a cash-on-delivery order made a minute ago by an invented person."""
    made = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    document = {
        "id": f"id-{number}",
        "number": f"DH-{number}",
        "created_at": made,
        "updated_at": made,
        "currency": "VND",
        "total": "495000",
        "phone": phone(number),
        "payment": {"cod": True, "paid": False},
        "customer": {"name": "Đặng Thị Ví Dụ"},
        **changes,
    }
    return json.dumps({"topic": "order.created", "order": document}).encode()


def phone(number: int) -> str:
    return f"090{number:07d}"


def ask(
    port: int, method: str, path: str, body: bytes | None = None, headers: Sequence[tuple[str, str]] = ()
) -> Answer:
    """One request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@contextlib.contextmanager
def start_fake(folder: Path, *options: str) -> Iterator[Fake]:
    """A fake VBot as a process of its own, with its list of accepted calls on disk."""
    log = folder / "rung.jsonl"
    log.touch()
    command = ["bridge.fake_vbot", "--port", "0", "--log", str(log), *options]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    ours, theirs = os.pipe()
    with os.fdopen(ours) as said, Path(os.devnull).open() as nothing:
        process = forking.start(command, environment, folder, [nothing.fileno(), theirs, 2])
        os.close(theirs)
        try:
            yield Fake(said.readline().split()[-1], log)
        finally:
            process.kill()
            process.wait()


@dataclass
class Fake:
    url: str
    log: Path

    def rung(self) -> list[dict[str, Any]]:
        """Every call that it accepted: somebody's phone has rung."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def phones(self) -> list[str]:
        return [call["phone"] for call in self.rung()]

    def requests(self) -> list[dict[str, Any]]:
        return list(ask(self._port, "GET", "/_fake/requests").json()["requests"])

    def fault(self, *faults: dict[str, Any]) -> None:
        body = json.dumps(faults).encode()
        assert ask(self._port, "POST", "/_fake/faults", body).status == 200

    def teach(self, code: str, *fields: str) -> None:
        """A template with these custom fields."""
        body = json.dumps({code: [{"cfkey": field} for field in fields]}).encode()
        assert ask(self._port, "POST", "/_fake/templates", body).status == 200

    def expire_tokens(self) -> None:
        assert ask(self._port, "POST", "/_fake/expire_tokens", b"").status == 200

    def mend(self) -> None:
        assert ask(self._port, "DELETE", "/_fake/faults", b"").status == 200

    @property
    def _port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])


def exchange(port: int, *parts: bytes, until: Callable[[bytes], bool] | None = None) -> bytes:
    """All that comes back for these raw bytes, until the server closes, or `until` it is enough."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        got = b""
        while not (until and until(got)):
            more = connection.recv(65536)
            if not more:
                break
            got += more
        return got
