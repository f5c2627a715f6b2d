"""A fake VBot that rings nobody: a real HTTP server, strict about its generation, with faults to switch on.

    python -m bridge.fake_vbot --port 8900 --log calls.jsonl --generation v3

Besides VBot's own paths it answers, to whoever runs it: `GET /_fake/calls`, `/_fake/records` and `/_fake/requests`;
`POST /_fake/faults` (one `{"fault": NAME, …}` or a list; `DELETE` ends all), `/_fake/templates`, `/_fake/hotlines`,
`/_fake/balance` (`{"balance": 0}`), `/_fake/expire_tokens`.
With `--people SEED` its calls come to an end: they get records, and their results are posted to `--results-to URL`.
It does not deduplicate: an `external_call_id` that comes twice rings twice, as VBot's documentation promises no better.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType

from bridge.core.model import Json
from bridge.fake_vbot.account import FakeAccount
from bridge.fake_vbot.faults import Fault, Faults
from bridge.fake_vbot.generations import GENERATIONS
from bridge.fake_vbot.people import Ending, People, write_record
from bridge.fake_vbot.requests import Settings
from bridge.fake_vbot.wire import Server
from bridge.vbot import Account

__all__ = ["FakeVBot", "People", "Settings", "main"]


class FakeVBot:
    """The server, in this process. `with FakeVBot() as vbot:` starts and stops it; `stop` is a refused connection."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        port: int = 0,
        log: Path | None = None,
        chaos: str | None = None,
        people: People | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.people = people
        self.faults = Faults(chaos)
        self._account = FakeAccount(self.settings, log, people)
        self._port = port
        self._server: Server | None = None

    def __enter__(self) -> FakeVBot:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def calls(self) -> list[dict[str, Json]]:
        """Every call that was accepted, in order of arrival: it would have rung."""
        return self._account.list_calls()

    @property
    def records(self) -> list[dict[str, Json]]:
        """VBot's records: every call that has ended, in the order of their ends."""
        return self._account.records.all()

    @property
    def requests(self) -> list[dict[str, Json]]:
        """Every request to VBot's paths: method, path, query, headers, body as text, peer, arrived_at."""
        return self._account.list_requests()

    def account(self, *, fixed_token: bool = True) -> Account:
        """Ours at this server, by its fixed token or by name and password. In v3 there is only the key."""
        settings = self.settings
        if settings.generation == "v3":
            return Account(url=self.url, generation="v3", token=settings.token, v3_paths=settings.v3_paths)
        return Account(
            url=self.url,
            generation=settings.generation,
            token=settings.token if fixed_token else None,
            username=None if fixed_token else settings.username,
            password=None if fixed_token else settings.password,
            vbot_id=settings.vbot_id,
            project_code=settings.project_code,
        )

    def fault(self, name: str, *, times: int | None = None, **options: Json) -> None:
        """Switch a fault on, for the next `times` requests or, without it, for all; see `faults.KINDS`."""
        self.faults.add(Fault.read({"fault": name, "times": times, **options}))

    def template(self, code: str, *fields: Mapping[str, Json]) -> None:
        """Make a template known. As soon as one is, an unknown one is refused."""
        self._account.add_templates({code: fields})

    def hotline(self, code: str) -> None:
        """Make a hotline known. As soon as one is, an unknown one is refused."""
        self._account.add_hotlines([code])

    def balance(self, amount: int) -> None:
        """Set the account's balance; at zero or below every call is refused, without a reason."""
        self._account.set_balance(amount)

    def expire_tokens(self) -> None:
        """End all access tokens that were issued; refresh tokens and the fixed token stay."""
        self._account.expire_tokens()

    def end_call(
        self, external_call_id: str, disposition: str, keys: str = "", *, created_at: datetime, seconds: float = 30
    ) -> None:
        """An accepted call has ended, `seconds` after it was made by VBot's clock, and stands in the records."""
        call = next(call for call in self.calls if call.get("external_call_id") == external_call_id)
        begun = created_at.timestamp()
        self._account.records.add(write_record(call, Ending(disposition, keys, seconds), begun, begun + seconds))

    def add_record(self, record: dict[str, Json]) -> None:
        """A record as it stands here, of whatever call."""
        self._account.records.add(record)

    def start(self) -> None:
        self._server = Server(self._port, self._account, self.faults)
        self._port = self._server.server_port
        self._account.telephone.start()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fake-vbot", daemon=True).start()

    def stop(self) -> None:
        self._account.telephone.stop()
        if self._server:
            self._server.end()
            self._server = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server as a process of its own until it is stopped; its address is the first line on stdout."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m bridge.fake_vbot", description="A strict VBot that rings nobody.")
    parser.add_argument("--port", type=int, default=8900, help="0 takes a free one")
    parser.add_argument("--log", type=Path, help="append each accepted call, one JSON line, on disk before the answer")
    parser.add_argument("--chaos", metavar="SEED", help="a mix of faults, the same for the same seed")
    parser.add_argument("--generation", choices=tuple(GENERATIONS), default=defaults.generation)
    parser.add_argument("--token", default=defaults.token, help="the fixed bearer token; in v3 the key")
    parser.add_argument("--username", default=defaults.username)
    parser.add_argument("--password", default=defaults.password)
    parser.add_argument("--vbot-id", default=defaults.vbot_id)
    parser.add_argument("--project-code", default=defaults.project_code)
    parser.add_argument("--expires-in", type=int, default=defaults.expires_in, help="seconds that a token lives")
    parser.add_argument("--people", metavar="SEED", help="calls end: who answers, the same for the same seed")
    parser.add_argument("--results-to", metavar="URL", help="with --people: where the results are posted")
    parser.add_argument("--results-auth", metavar="VALUE", default="", help="their Authorization header")
    parser.add_argument("--hotline", metavar="CODE", action="append", default=[], help="a hotline that it knows")
    options = vars(parser.parse_args(arguments))
    port, log, chaos, hotlines = (options.pop(name) for name in ("port", "log", "chaos", "hotline"))
    seed, results = options.pop("people"), {"results_to": options.pop("results_to")}
    results["authorization"] = options.pop("results_auth")
    people = People(seed, **results) if seed is not None else None
    vbot = FakeVBot(Settings(**options), port=port, log=log, chaos=chaos, people=people)
    for code in hotlines:
        vbot.hotline(code)
    with vbot:
        sys.stdout.write(f"fake VBot at {vbot.url}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0
