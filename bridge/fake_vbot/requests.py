"""What each generation takes, in tables of the fake's own, and how it refuses the rest. Pure.

Deliberately not built on schemas/vbot: a mistake there must meet a refusal here.
Source: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bridge.core.model import Json

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

_PHONE = re.compile(r"0[0-9]{9,10}|\+[1-9][0-9]{6,14}")
_EXTERNAL_CALL_ID = re.compile(r"[a-z0-9]{1,32}")

# Field -> (its JSON type, whether it must be there).
IDENTITY = {"vbot_id": (str, True), "project_code": (str, True)}
INSERT = {
    "phone": (str, True),
    "hotline_code": (str, True),
    "template_code": (str, True),
    "max_time": (int, False),
    "max_waiting_time": (int, False),
    "external_call_id": (str, False),
    "datas": (dict, False),
}
CREATE = INSERT | {"name": (str, False), "customer_uid": (str, False)}
TOKEN_FORMS = {"password": {"grant_type", "username", "password"}, "refresh_token": {"grant_type", "refresh_token"}}


@dataclass(frozen=True)
class Settings:
    """Who may place calls here, and in which generation.

    token       the fixed one, in v3 the key; issued tokens live `expires_in` seconds
    v3_paths    which ones the account of `FakeVBot.account` takes; both are served
    """

    token: str = "fake-token"  # noqa: S105 - the fake opens nothing
    username: str = "fake-user"
    password: str = "fake-password"  # noqa: S105 - the fake opens nothing
    vbot_id: str = "vbot-1"
    project_code: str = "SHOP"
    expires_in: int = 899
    generation: str = "v1"
    v3_paths: Literal["new", "old"] = "new"
    balance: int = 1_000_000


@dataclass(frozen=True, repr=False)
class FakeRequest:
    """One request as it came; header names in lower case. `most`: so many of a list are accepted, by a fault."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    arrived_at: float
    most: int | None = None


class Refusal(Exception):
    """VBot refuses: HTTP status, and the message of its JSON. `is_silent`: it is VBot's system error, under a 200."""

    def __init__(self, status: int, message: str, *, is_silent: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.is_silent = is_silent


def check_insert(body: Mapping[str, Json]) -> None:
    """Refusal unless these fields, already of the right types, request a call that can be placed."""
    check_phone(body["phone"])
    if not _EXTERNAL_CALL_ID.fullmatch(body.get("external_call_id", "x")):
        raise Refusal(400, "external_call_id: only a-z and 0-9, at most 32 characters")
    if body.get("max_time", -1) < -1 or body.get("max_waiting_time", 30) < 1:
        raise Refusal(400, "max_time or max_waiting_time is out of range")
    if any(type(value) not in (str, int, float, bool) for value in body.get("datas", {}).values()):
        raise Refusal(400, "datas must hold text, numbers, true or false")


def read_json(received: FakeRequest, fields: Mapping[str, tuple[type, bool]]) -> dict[str, Json]:
    """The body, when it is one JSON object with exactly such fields, else Refusal."""
    check_content_type(received, JSON_TYPE)
    try:
        body = json.loads(received.body.decode(), object_pairs_hook=_unique)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # NaN and half characters are no JSON
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "the body is not one JSON document in UTF-8") from error
    check_fields(body, fields, "the body")
    return dict(body)


def check_content_type(received: FakeRequest, wanted: str) -> None:
    kind, _, parameters = received.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != wanted or parameters.strip() not in ("", "charset=utf-8"):
        raise Refusal(415, f"Content-Type must be {wanted}")
    if "content-length" not in received.headers:
        raise Refusal(411, "Content-Length is missing")


def check_fields(document: Any, fields: Mapping[str, tuple[type, bool]], where: str) -> None:
    if not isinstance(document, dict):
        raise Refusal(400, f"{where} must be an object")
    for name in document.keys() - fields.keys():
        raise Refusal(400, f"{where}: {name} is not known")
    for name, (kind, required) in fields.items():
        if name not in document:
            if required:
                raise Refusal(400, f"{where}: {name} is missing")
        elif type(document[name]) is not kind or (kind is str and not document[name]):
            raise Refusal(400, f"{where}: {name} must be {kind.__name__}")


def check_phone(phone: str) -> None:
    if not _PHONE.fullmatch(phone):
        raise Refusal(400, "phone is not valid")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)
