"""A whole bridge in one process, with the time in the test's hand: real database, real signatures, a VBot over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.configuration import apply
from bridge.configuration import files as configfile
from bridge.core.model import Request
from bridge.decide.delivery import decide
from bridge.decide.verdicts import Verdicts
from bridge.fake_vbot import FakeVBot
from bridge.place.attempt import advance
from bridge.place.placing import Caps, Clock, Placing
from bridge.place.queue import admit
from bridge.platforms import find_platform, list_platforms
from bridge.platforms.shared.sample import find_word, sample_document
from bridge.receive.webhook import Received, receive
from bridge.rules.rule import parse_rule
from bridge.store import Store, make_seal
from bridge.store.configuration.catalog import Catalogs, touch_catalog
from bridge.store.configuration.templates import write_template
from bridge.store.reports.views import Filter, list_calls, list_deliveries
from bridge.store.undecided import undecided
from bridge.vbot.client import Client

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # Monday, 10:00 in Vietnam
SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXN0YWdl"
OTHER_SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLW90aGVy"
HOTLINE = "0812345678"

RULE = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "datas": {"total": "{{ order.total }}"}}


class Stage:
    """Shop, bridge and VBot. Every step takes the instant at which it happens."""

    def __init__(self, store: Store, vbot: FakeVBot, *rules: dict[str, Any], **extra: Any) -> None:
        self.store = store
        self.vbot = vbot
        self.catalogs = Catalogs(make_seal(("k" * 32,)))
        self.client = Client(vbot.account())
        self.caps = Caps(per_phone=3)
        self.verdicts = Verdicts()
        self.apply(*(rules or (RULE,)), **extra)

    def apply(self, *rules: dict[str, Any], prune: bool = True, at: datetime = NOW, **extra: Any) -> int:
        """Make the database hold these rules and, unless `extra` says otherwise, one generic source."""
        secrets = {"shop": SECRET, "other": OTHER_SECRET}
        sources = [{"id": name, "platform": "generic", "secrets": [secret]} for name, secret in secrets.items()]
        document = {"sources": sources, "rules": list(rules), **extra}
        texts = [("stage.json", json.dumps(document))]
        written, findings = configfile.read_files(texts, parse_rule, [platform.name for platform in list_platforms()])
        assert [str(finding) for finding in findings if not finding.warning] == []
        expanded, _ = configfile.expand(written, {})
        with self.store.write() as conn:
            wanted = apply.want(conn, self.catalogs.seal, written, expanded)
            return apply.carry_out(conn, self.catalogs.seal, wanted, at, prune=prune, default_hotline=HOTLINE)

    def know_fields(self, code: str, *fields: dict[str, Any]) -> None:
        with self.store.write() as conn:
            write_template(conn, code, list(fields), NOW)
            touch_catalog(conn)

    def send(self, topic: str, order: dict[str, Any], at: datetime = NOW, source: str = "shop") -> Received:
        """A signed delivery of this order, received at this instant."""
        body = json.dumps({"topic": topic, "order": order}).encode()
        return self.send_body(body, at, source)

    def send_body(self, body: bytes, at: datetime = NOW, source: str = "shop") -> Received:
        with self.store.read() as conn:
            known = self.catalogs.read(conn).sources[source]
        generic = find_platform("generic")
        assert generic is not None
        request = Request("POST", f"/hooks/{source}", "", generic.sign(body, "", known, at), body)
        return receive(self.store, self.catalogs, source, request, at)

    def send_sample(self, source: str, at: datetime, topic: str = "", **changes: Any) -> Received:
        """The sample of this source's platform, made and received at this instant; its first topic, unless named."""
        with self.store.read() as conn:
            known = self.catalogs.read(conn).sources[source]
        platform = find_platform(known.platform)
        assert platform is not None
        word = find_word(platform, topic or next(iter(platform.topics)))
        body = platform.sample.encode({**sample_document(platform, word, at), **changes})
        request = Request("POST", f"/hooks/{source}", "", platform.sign(body, word, known, at), body)
        return receive(self.store, self.catalogs, source, request, at)

    def decide(self, at: datetime = NOW) -> None:
        with self.store.read() as conn:
            waiting = undecided(conn, 1000)
        for delivery_id in waiting:
            decide(self.store, self.catalogs, delivery_id, at, HOTLINE, self.verdicts)

    def dial(self, at: datetime = NOW) -> list[int]:
        """One admission and, one after the other, what it queued."""
        queued = admit(self.store, self.catalogs, at, 16, self.client.account_id)
        for call_id in queued:
            self.advance(call_id, at)
        return queued

    def advance(self, call_id: int, at: datetime = NOW) -> None:
        begun = time.monotonic()  # stands still, so that no busy machine is late
        clock = Clock(lambda: at, lambda: begun, lambda: 0.5)
        advance(self.placing(clock), call_id)

    def placing(self, clock: Clock) -> Placing:
        return Placing(self.store, self.catalogs, self.client, clock, self.caps, self.verdicts)

    def run(self, at: datetime = NOW) -> None:
        self.decide(at)
        self.dial(at)

    def calls(self) -> list[dict[str, Any]]:
        """Oldest first."""
        with self.store.read() as conn:
            return list_calls(conn, Filter(limit=200), show_phones=True).items[::-1]

    def call(self) -> dict[str, Any]:
        (only,) = self.calls()
        return only

    def deliveries(self) -> list[dict[str, Any]]:
        with self.store.read() as conn:
            return list_deliveries(conn, Filter(limit=200)).items[::-1]

    def decisions(self) -> list[tuple[str | None, str, str]]:
        """(rule, decision, reason), in the order in which they were made."""
        return [
            (decision["rule"], decision["decision"], decision["reason"])
            for delivery in self.deliveries()
            for decision in delivery["decisions"]
        ]

    def rung(self) -> list[str]:
        """The phones that VBot would have rung, in order."""
        return [str(call["phone"]) for call in self.vbot.calls]


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A cash-on-delivery order made a minute before NOW."""
    made = NOW - timedelta(minutes=1)
    return {
        "id": f"id-{number}",
        "number": f"DH-{number}",
        "created_at": made.isoformat(),
        "updated_at": made.isoformat(),
        "currency": "VND",
        "total": "495000",
        "phone": f"09000{number:05d}",
        "payment": {"cod": True, "paid": False},
        **changes,
    }


def later(seconds: float = 0, **span: float) -> datetime:
    return NOW + timedelta(seconds=seconds, **span)


def reasons(decisions: Sequence[tuple[str | None, str, str]]) -> list[str]:
    return [reason for _, _, reason in decisions]
