"""Deliveries of real shapes, rebuilt from public reports with invented people, and the shops that receive them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridge.cli.try_ import read_http
from bridge.configuration.files import expand, read_files
from bridge.core.model import Event, Reading, Request, Source
from bridge.platforms import find_platform, list_platforms
from bridge.rules.document import event_document
from bridge.rules.evaluate import Question, Verdict, consider
from bridge.rules.rule import Rule, parse_rule

FOLDER = Path(__file__).parent
SECRET = "test-secret-0123456789"
RECEIVED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A delivery of one shop, verified and read."""

    source: Source
    request: Request
    reading: Reading

    @property
    def event(self) -> Event:
        (only,) = self.reading.events
        return only

    def verdict(self, rule: str | Rule) -> Verdict:
        """What this rule, or the shops' of this name, makes of the event, as soon as it happened."""
        event = self.event
        question = Question(
            source=self.source,
            topic=event.topic,
            order_id=event.order_id,
            occurred_at=event.occurred_at,
            document=event_document(event, self.source),
            state=event.order.state if event.order else "open",
            deleted=False,
            created_at=event.order.created_at if event.order else None,
            fields=None,
            holidays=(),
            phones=event.order.phones if event.order else (),
        )
        return consider(RULES[rule] if isinstance(rule, str) else rule, question, event.occurred_at)


def open_case(name: str, source: str | None = None, topic: str = "", **settings: Any) -> Case:
    """The case in this file; `source` and `topic` of a bare document, `settings` beside the shop's own."""
    content = (FOLDER / name).read_bytes()
    request = read_http(content)
    shop = SOURCES[source or (request.path.split("/")[2] if request else "")]
    if settings:
        shop = Source(shop.id, shop.platform, shop.secrets, {**shop.settings, **settings})
    platform = find_platform(shop.platform)
    assert platform is not None
    if request is None:
        headers = platform.sign(content, topic, shop, RECEIVED)
        request = Request("POST", f"/hooks/{shop.id}", "", headers, content)
    platform.verify(request, shop, RECEIVED)
    return Case(shop, request, platform.read(request, shop, RECEIVED))


def _read_shops() -> tuple[dict[str, Source], dict[str, Rule]]:
    text = (FOLDER / "shops.yaml").read_text(encoding="utf-8")
    written, findings = read_files([("shops.yaml", text)], parse_rule, [one.name for one in list_platforms()])
    assert [str(finding) for finding in findings if not finding.warning] == []
    filled, _ = expand(written, {"S": SECRET})
    sources = {
        entry["id"]: Source(entry["id"], entry["platform"], tuple(entry["secrets"]), entry.get("settings", {}))
        for entry in filled.sources
    }
    return sources, {rule["rule"]: parse_rule(rule) for rule in written.rules}


SOURCES, RULES = _read_shops()
