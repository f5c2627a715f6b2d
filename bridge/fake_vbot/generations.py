"""The generations of the fake VBot: paths, tokens, fields, and how success and failure are reported. Pure.

Deliberately not built on `bridge.vbot.dialects`: a mistake there must meet a refusal here.
Source: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.core.model import Json

SuccessField = Literal["status", "error", "errorCode"]


@dataclass(frozen=True)
class Route:
    """One operation behind one path. `success` is the field that reports success or failure."""

    method: str
    operation: str
    success: SuccessField


@dataclass(frozen=True)
class Generation:
    """`routes` by path. `has_key`: an X-API-Key names the account, and no body or query does."""

    routes: Mapping[str, Route]
    has_key: bool


def _old_paths(success: SuccessField) -> dict[str, Route]:
    return {
        "/api/campaignCall/callConfirm/insert": Route("POST", "insert", success),
        "/api/campaignCall/callConfirm/insertListPhone": Route("POST", "insert_list", success),
        "/api/campaignCall/callConfirm/getCustomFieldInScript": Route("GET", "custom_fields", success),
        "/api/hotline/getAll": Route("GET", "hotlines", success),
    }


def _with_identity(success: SuccessField) -> dict[str, Route]:
    return _old_paths(success) | {
        "/token": Route("POST", "token", success),
        "/api/crm/historycall/getAll": Route("GET", "history", success),
    }


GENERATIONS: Mapping[str, Generation] = {
    "v1": Generation(_with_identity("status"), has_key=False),
    "v2": Generation(
        _with_identity("error") | {"/api/campaignCall/templateScript/getAll": Route("GET", "templates", "error")},
        has_key=False,
    ),
    "v3": Generation(
        _old_paths("error")
        | {
            "/m-auto-call/api/call/create": Route("POST", "create", "errorCode"),
            "/m-auto-call/api/call/create-list-phone": Route("POST", "create_list", "errorCode"),
            "/api/account/balance": Route("GET", "balance", "error"),
            "/m-auto-call/api/template-script/get-all": Route("GET", "templates", "errorCode"),
            "/m-auto-call/api/template-script-sub/get-all": Route("GET", "branches", "errorCode"),
            "/m-auto-call/api/cdr/get-all": Route("GET", "records", "errorCode"),
            "/m-auto-call/api/cdr/count": Route("GET", "records_count", "errorCode"),
        },
        has_key=True,
    ),
}

# The codes that VBot documents; any other HTTP status of a refusal has that of a wrong parameter.
_CODES = (401, 403, 404, 409, 429, 500, 803)


def success_body(success: SuccessField, data: Json) -> Json:
    if success == "status":
        return {"status": 1, "message": "Thành công", "data": data}
    if success == "error":
        return {"error": 0, "message": "success", "data": data}
    return {"status": 200, "msg": "Success", "errorCode": 0, "data": data}


def failure_body(success: SuccessField, status: int, message: str) -> Json:
    """`status` is the one of HTTP: a refusal under a 200 has the code of a wrong parameter."""
    if success == "status":
        return {"status": 0, "message": message, "data": None}
    code = status if status in _CODES else -1
    if success == "error":
        return {"error": code, "message": message, "data": None}
    return {"status": 500 if code == -1 else code, "msg": message, "errorCode": code, "data": None}


def system_error_body(success: SuccessField) -> Json:
    """VBot's system error, which gives no reason."""
    if success == "error":
        return {"error": 500, "message": "error", "data": None}
    return {"status": 500, "msg": "error", "errorCode": 500, "data": None}
