"""Fixtures as they lie on disk: a request exactly as on the wire, and beside it what it must mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.core.model import Request, Source
from bridge.core.platform import Platform
from bridge.lib.strictjson import parse_json
from bridge.platforms import find_platform, list_platforms

# Platforms of forms and leads: whoever filled one in is new, and nothing is said of an order later.
FORMS = [one for one in list_platforms() if set(one.topics.values()) <= {"order.created", "checkout.abandoned"}]
FOLDER = Path(__file__).parent.parent / "fixtures"


@dataclass(frozen=True)
class Fixture:
    name: str
    platform: Platform
    request: Request
    source: Source
    received_at: datetime
    expected: dict[str, Any]

    @property
    def proof(self) -> str:
        """The header that proves the sender, or "?name" of the query."""
        return str(self.expected["proof"])

    @property
    def has_shared_secret(self) -> bool:
        """Whether a secret of the source proves the sender, and not the shop's public keys in its settings."""
        return "jwks" not in self.expected["settings"]


def list_fixtures(has: Callable[[dict[str, Any]], bool] = lambda expected: True) -> list[Fixture]:
    found = [load_fixture(path) for path in sorted(FOLDER.glob("*/*.http")) if find_platform(path.parent.name)]
    return [fixture for fixture in found if has(fixture.expected)]


def of_each_platform(fixtures: Iterable[Fixture]) -> Callable[[Callable[[Fixture], None]], Callable[[str], None]]:
    """A test of one fixture becomes a test for each platform, of all that it has among these.

    500 fixtures in 20 tests each would cost more to collect and to report than to try.
    """
    of: dict[str, list[Fixture]] = {}
    for fixture in fixtures:
        of.setdefault(fixture.platform.name, []).append(fixture)

    def over(test: Callable[[Fixture], None]) -> Callable[[str], None]:
        def test_all(platform: str) -> None:
            for fixture in of[platform]:
                try:
                    test(fixture)
                except BaseException as failure:
                    failure.add_note(f"with the fixture {fixture.name}")
                    raise

        test_all.__name__, test_all.__doc__ = test.__name__, test.__doc__
        mark: Callable[[Callable[[str], None]], Callable[[str], None]] = pytest.mark.parametrize("platform", of)
        return mark(test_all)

    return over


def find_fixture(name: str) -> Fixture:
    return load_fixture(FOLDER / f"{name}.http")


def load_fixture(path: Path) -> Fixture:
    platform = find_platform(path.parent.name)
    assert platform is not None, f"no platform {path.parent.name}"
    expected = parse_json(path.with_suffix(".json").read_bytes())
    source = Source(
        "shop",
        platform.name,
        tuple(expected["secrets"]),
        expected["settings"],
        country=expected["country"],
    )
    received_at = datetime.fromisoformat(expected["received_at"])
    request = parse_http(path.read_bytes())
    shown = {
        name: json.dumps(document, default=float).encode() for name, document in expected.get("fetched", {}).items()
    }
    request = replace(request, fetched=shown)
    return Fixture(f"{path.parent.name}/{path.stem}", platform, request, source, received_at, expected)


def parse_http(raw: bytes) -> Request:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Request(method, path, query, headers, body)


def with_body(request: Request, body: bytes | dict[str, Any]) -> Request:
    return replace(request, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def with_header(request: Request, name: str, *values: str) -> Request:
    """The request with these values of the header instead of its own; with none, without the header."""
    others = tuple(pair for pair in request.headers if pair[0].lower() != name.lower())
    return replace(request, headers=(*others, *((name, value) for value in values)))
