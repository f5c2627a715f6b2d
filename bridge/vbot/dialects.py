"""VBot's generations as data, and the one table that says what an answer means. Pure.

Source: VBot's public API documentation, generation 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from bridge.http import Answer
from bridge.model import Json
from bridge.schema import problems
from bridge.vbot import Account, CallRequest, Outcome

Says = Literal["yes", "no", "nothing"]

MESSAGE_CHARACTERS = 200
LONGEST_RETRY_AFTER_SECONDS = 7 * 86400


@dataclass(frozen=True)
class Dialect:
    """How one generation speaks. Paths hang below the account's URL; `schemas` is the folder below schemas/."""

    generation: str
    schemas: str
    login_path: str
    insert_path: str
    insert_list_path: str
    custom_fields_path: str
    hotlines_path: str
    auth_header: str
    auth_prefix: str
    identity: bool
    success: tuple[str, int]
    codes: tuple[str, ...]
    messages: tuple[str, ...]
    fields: Mapping[str, str]


DIALECTS: Mapping[str, Dialect] = {
    "v1": Dialect(
        generation="v1",
        schemas="vbot/v1",
        login_path="/token",
        insert_path="/api/campaignCall/callConfirm/insert",
        insert_list_path="/api/campaignCall/callConfirm/insertListPhone",
        custom_fields_path="/api/campaignCall/callConfirm/getCustomFieldInScript",
        hotlines_path="/api/hotline/getAll",
        auth_header="Authorization",
        auth_prefix="Bearer ",
        identity=True,
        success=("status", 1),
        codes=("errorCode", "error"),
        messages=("message", "msg", "error_description"),
        fields={
            "phone": "phone",
            "hotline": "hotline_code",
            "template": "template_code",
            "max_time": "max_time",
            "max_waiting_time": "max_waiting_time",
            "external_call_id": "external_call_id",
            "datas": "datas",
        },
    ),
}


@dataclass(frozen=True)
class Row:
    """If the HTTP status is among `statuses` and VBot `says` so, with a code among `codes` (empty: any)."""

    statuses: Collection[int]
    says: Collection[Says]
    codes: Collection[int]
    outcome: Literal["accepted", "not_sent", "refused", "unsure"]
    detail: str


ANY = range(100, 1000)
CLIENT = range(400, 500)
SERVER = range(500, 600)
SAID: tuple[Says, ...] = ("no", "nothing")

# The first row that fits counts. "nothing": no JSON of VBot's, be it HTML, cut, in other encodings or of other shape.
# What never became an answer has the reason of `bridge.http` as its detail: NotSent is not_sent, Unsure is unsure.
POLICY = (
    Row({200}, {"yes"}, (), "accepted", "accepted"),
    # A yes under a status that is no 200 is believed neither way.
    Row(ANY, {"yes"}, (), "unsure", "bad_answer"),
    Row(SERVER, {"no"}, (), "refused", "vbot_system_error"),
    Row({401}, SAID, (), "not_sent", "token_refused"),
    Row({200, *CLIENT}, {"no"}, {401}, "not_sent", "token_refused"),
    Row({429}, SAID, (), "not_sent", "rate_limited"),
    Row({200, *CLIENT}, {"no"}, {429}, "not_sent", "rate_limited"),
    Row({200, *CLIENT}, {"no"}, {500}, "refused", "vbot_system_error"),
    Row({200, *CLIENT}, {"no"}, (), "refused", "vbot_refused"),
    # No such address on that server: no call was placed. Refused, not unsure, since after the cure of a wrong VBOT_URL
    # `replay` then wakes the calls, without a person's word on each. Nothing sends them again by itself.
    Row({404, 405}, {"nothing"}, (), "refused", "wrong_url"),
    # Any other 4xx without VBot's word may come from a gateway that had passed the request on.
    Row(ANY, SAID, (), "unsure", "bad_answer"),
)


def insert_body(dialect: Dialect, account: Account, request: CallRequest) -> dict[str, Json]:
    """The JSON document that asks for one call, not yet checked against its schema."""
    body: dict[str, Json] = identity(dialect, account)
    for name, field in dialect.fields.items():
        value = getattr(request, name)
        body[field] = dict(value) if isinstance(value, Mapping) else value
    return body


def identity(dialect: Dialect, account: Account) -> dict[str, Json]:
    """The members that say who we are, in a body or a query."""
    return {"vbot_id": account.vbot_id, "project_code": account.project_code} if dialect.identity else {}


def auth_headers(dialect: Dialect, token: str) -> dict[str, str]:
    return {dialect.auth_header: f"{dialect.auth_prefix}{token}"}


def read_insert(dialect: Dialect, answer: Answer, secrets: Collection[str]) -> Outcome:
    """What VBot's answer to one call means, by POLICY. Any bytes have an Outcome; nothing is raised."""
    document = parse_json(answer)
    says, code = _verdict(dialect, document)
    row = next(row for row in POLICY if _fits(row, answer.status, says, code))
    document = document if says != "nothing" else {}
    placed = row.outcome == "accepted"
    return Outcome(
        outcome=row.outcome,
        detail=row.detail,
        http_status=answer.status,
        vbot_call_id=clean(document["data"]["call_id"]) if placed else None,
        message=message_of(dialect, document, secrets),
        retry_after_seconds=retry_after(answer) if row.outcome == "not_sent" else None,
    )


def parse_json(answer: Answer) -> Json:
    """The answer's JSON document, or None: not UTF-8, compressed, cut, a key twice, NaN, or nested too deep."""
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return None
    try:
        text = answer.body.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def retry_after(answer: Answer) -> int | None:
    """Seconds of Retry-After, at most a week; a date counts from the Date header of the same answer."""
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,18}", value, re.ASCII):
        return min(int(value), LONGEST_RETRY_AFTER_SECONDS)
    then, now = _http_date(value), _http_date(answer.headers.get("date", ""))
    if then is None or now is None:
        return None
    return min(max(int((then - now).total_seconds()), 0), LONGEST_RETRY_AFTER_SECONDS)


def message_of(dialect: Dialect, document: Json, secrets: Collection[str]) -> str | None:
    """VBot's own words in a document, fit to be stored and shown, or None."""
    words = (document.get(name) for name in dialect.messages) if isinstance(document, dict) else ()
    text = next((word for word in words if isinstance(word, str)), "")
    return mask(clean(text, len(text)), secrets)[:MESSAGE_CHARACTERS] or None


def clean(text: str, characters: int = MESSAGE_CHARACTERS) -> str:
    """Text that every database stores and every terminal shows: no control characters, no half characters."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(letter for letter in whole if letter.isprintable())[:characters]


def mask(text: str, secrets: Collection[str] = ()) -> str:
    """Text without our secrets, and without any run of seven or more digits, spaced or not."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return re.sub(r"\d(?:[ .\-()]{0,2}\d){6,}", "•••", text)


def _verdict(dialect: Dialect, document: Json) -> tuple[Says, int]:
    if not isinstance(document, dict) or problems(document, f"{dialect.schemas}/insert.answer"):
        return "nothing", 0
    field, value = dialect.success
    if document.get(field) == value:
        return "yes", 0
    return "no", next((int(document[name]) for name in dialect.codes if document.get(name) is not None), 0)


def _fits(row: Row, status: int, says: Says, code: int) -> bool:
    return status in row.statuses and says in row.says and (not row.codes or code in row.codes)


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse(_word: str) -> Json:
    raise ValueError("not a JSON number")
