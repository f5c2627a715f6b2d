"""The generations as the fake VBot speaks them: paths, tokens, fields, and how yes and no are said. Pure.

Deliberately not built on `bridge.vbot.dialects`: a mistake there must meet a refusal here.
Source: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.core.model import Json

Words = Literal["status", "error", "errorCode"]


@dataclass(frozen=True)
class Way:
    """One operation behind one path. `words` is the field that says yes or no."""

    method: str
    operation: str
    words: Words


@dataclass(frozen=True)
class Generation:
    """`ways` by path. `has_key`: an X-API-Key says who asks, and no body or query does."""

    ways: Mapping[str, Way]
    has_key: bool


def _old_paths(words: Words) -> dict[str, Way]:
    return {
        "/api/campaignCall/callConfirm/insert": Way("POST", "insert", words),
        "/api/campaignCall/callConfirm/insertListPhone": Way("POST", "insert_list", words),
        "/api/campaignCall/callConfirm/getCustomFieldInScript": Way("GET", "custom_fields", words),
        "/api/hotline/getAll": Way("GET", "hotlines", words),
    }


def _with_identity(words: Words) -> dict[str, Way]:
    return _old_paths(words) | {
        "/token": Way("POST", "token", words),
    }


GENERATIONS: Mapping[str, Generation] = {
    "v1": Generation(_with_identity("status"), has_key=False),
    "v2": Generation(
        _with_identity("error") | {"/api/campaignCall/templateScript/getAll": Way("GET", "templates", "error")},
        has_key=False,
    ),
    "v3": Generation(
        _old_paths("error")
        | {
            "/m-auto-call/api/call/create": Way("POST", "create", "errorCode"),
            "/m-auto-call/api/call/create-list-phone": Way("POST", "create_list", "errorCode"),
            "/api/account/balance": Way("GET", "balance", "error"),
            "/m-auto-call/api/template-script/get-all": Way("GET", "templates", "errorCode"),
            "/m-auto-call/api/template-script-sub/get-all": Way("GET", "branches", "errorCode"),
            "/m-auto-call/api/cdr/get-all": Way("GET", "records", "errorCode"),
            "/m-auto-call/api/cdr/count": Way("GET", "records_count", "errorCode"),
        },
        has_key=True,
    ),
}

# The codes that VBot documents; any other HTTP status of a refusal is told as a wrong parameter.
_CODES = (401, 403, 404, 409, 429, 500, 803)


def say_yes(words: Words, data: Json) -> Json:
    if words == "status":
        return {"status": 1, "message": "Thành công", "data": data}
    if words == "error":
        return {"error": 0, "message": "success", "data": data}
    return {"status": 200, "msg": "Success", "errorCode": 0, "data": data}


def say_no(words: Words, status: int, message: str) -> Json:
    """`status` is the one of HTTP: a refusal under a 200 has the code of a wrong parameter."""
    if words == "status":
        return {"status": 0, "message": message, "data": None}
    code = status if status in _CODES else -1
    if words == "error":
        return {"error": code, "message": message, "data": None}
    return {"status": 500 if code == -1 else code, "msg": message, "errorCode": code, "data": None}


def say_broken(words: Words) -> Json:
    """VBot's system error, which does not say why."""
    if words == "error":
        return {"error": 500, "message": "error", "data": None}
    return {"status": 500, "msg": "error", "errorCode": 500, "data": None}
