"""What an answer of VBot's means: one table, and a strict reading of the answer. Pure.

Source: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from bridge.core.model import AttemptOutcome, Json
from bridge.lib.http import Answer
from bridge.lib.jsonschema import problems
from bridge.vbot import Outcome
from bridge.vbot.dialects import Dialect, Operation

ACCEPTED, NOT_SENT, REFUSED, UNSURE = AttemptOutcome

Answered = Literal["yes", "no", "nothing"]

MESSAGE_CHARACTERS = 200
LONGEST_RETRY_AFTER_SECONDS = 7 * 86400

# Where VBot puts a code and its words for people; which of them depends on generation, path, and mood.
CODES = ("errorCode", "error")
MESSAGES = ("message", "msg", "error_description")


@dataclass(frozen=True)
class Row:
    """If the HTTP status is among `statuses` and VBot answered so, with a code among `codes` (empty: any).

    `explained` False: a no without a reason, for which an empty account may be the reason.
    `several` True: only of a request for several calls.
    """

    statuses: Collection[int]
    answered: Collection[Answered]
    codes: Collection[int]
    outcome: AttemptOutcome
    detail: str
    generations: Collection[str] = ("v1", "v2", "v3")
    explained: bool = True
    several: bool = False


ANY = range(100, 1000)
CLIENT = range(400, 500)
SERVER = range(500, 600)
NOT_YES: tuple[Answered, ...] = ("no", "nothing")

_FAILURES = {429: "rate_limited", 803: "not_allowed"}
# The first row that fits counts. "nothing": no JSON of VBot's, be it HTML, cut, in other encodings or of other shape.
# What never became an answer has the reason of `bridge.lib.http` as its detail: NotSent is not_sent, Unsure is unsure.
POLICY = (
    Row({200}, {"yes"}, (), ACCEPTED, "accepted"),
    # A yes under a status that is no 200 is believed neither way.
    Row(ANY, {"yes"}, (), UNSURE, "bad_answer"),
    Row(SERVER, {"no"}, (), REFUSED, "vbot_system_error", explained=False),
    Row({401}, NOT_YES, (), NOT_SENT, "token_refused"),
    Row({200, *CLIENT}, {"no"}, {401}, NOT_SENT, "token_refused"),
    # For a list of phones the same code also means that there are too many: each goes alone next time, which shows why.
    Row({200, *CLIENT}, {"no"}, {403}, NOT_SENT, "batch_refused", generations=("v3",), several=True),
    # A v3 key is the whole identity: "not allowed" means the key, and no call with it would fare better.
    Row({403}, NOT_YES, (), NOT_SENT, "token_refused", generations=("v3",)),
    Row({200, *CLIENT}, {"no"}, {403}, NOT_SENT, "token_refused", generations=("v3",)),
    Row({429}, NOT_YES, (), NOT_SENT, "rate_limited"),
    Row({200, *CLIENT}, {"no"}, {429}, NOT_SENT, "rate_limited"),
    Row({200, *CLIENT}, {"no"}, {500}, REFUSED, "vbot_system_error", explained=False),
    Row({200, *CLIENT}, {"no"}, {404, 409}, REFUSED, "vbot_refused"),
    Row({200, *CLIENT}, {"no"}, (), REFUSED, "vbot_refused", explained=False),
    # No such address on that server: no call was placed. Refused, not unsure, since after the cure of a wrong VBOT_URL
    # `replay` then wakes the calls, without a person's word on each. Nothing sends them again by itself.
    Row({404, 405}, {"nothing"}, (), REFUSED, "wrong_url"),
    # Any other 4xx without VBot's word may come from a gateway that had passed the request on.
    Row(ANY, NOT_YES, (), UNSURE, "bad_answer"),
)


def read_insert(dialect: Dialect, answer: Answer, secrets: Collection[str]) -> tuple[Outcome, bool]:
    """What VBot's answer to one call means, by POLICY, and whether it gives a reason. Any bytes have an Outcome."""
    return _read(dialect, dialect.insert, answer, secrets, several=False)


def read_list(dialect: Dialect, answer: Answer, secrets: Collection[str], phones: int) -> tuple[Outcome, bool]:
    """As `read_insert`, for each of so many calls: VBot does not name those that it took, so it is all or unsure."""
    outcome, explained = _read(dialect, dialect.batch.operation, answer, secrets, several=True)
    if outcome.outcome == ACCEPTED:
        data = parse_json(answer)["data"]
        counted = data.get("phone_count") if isinstance(data, dict) else None
        if counted not in (None, phones):
            outcome = replace(outcome, outcome=UNSURE, detail="count_differs")
    return outcome, explained


def _read(
    dialect: Dialect, operation: Operation, answer: Answer, secrets: Collection[str], *, several: bool
) -> tuple[Outcome, bool]:
    document = parse_json(answer)
    answered, code = _answered(operation, document)
    rows = (row for row in POLICY if several or not row.several)
    row = next(row for row in rows if _fits(row, dialect.generation, answer.status, answered, code))
    document = document if answered != "nothing" else {}
    outcome = Outcome(
        outcome=row.outcome,
        detail=row.detail,
        http_status=answer.status,
        vbot_call_id=_call_id(document) if row.outcome == ACCEPTED else None,
        message=message_of(document, secrets),
        retry_after_seconds=retry_after(answer) if row.outcome == NOT_SENT else None,
    )
    return outcome, row.explained


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


def message_of(document: Json, secrets: Collection[str]) -> str | None:
    """VBot's own words in a document, fit to be stored and shown, or None."""
    words = (document.get(name) for name in MESSAGES) if isinstance(document, dict) else ()
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


def failure_code(dialect: Dialect, operation: Operation, answer: Answer, document: Json) -> str:
    """Why VBot did not answer a question: a short code, as an Outcome's detail."""
    given = document if isinstance(document, dict) else {}
    refused = (401,) if dialect.login else (401, 403)
    codes = {answer.status, *(given[name] for name in CODES if isinstance(given.get(name), int))}
    if codes & set(refused):
        return "token_refused"
    if codes & set(_FAILURES):
        return next(_FAILURES[code] for code in _FAILURES if code in codes)
    field, value = operation.success
    if given.get(field) == value:
        return "bad_answer"
    if any(isinstance(given.get(name), int) for name in ("status", *CODES)):
        return "vbot_refused"
    return "wrong_url" if answer.status in (404, 405) else "bad_answer"


def _answered(operation: Operation, document: Json) -> tuple[Answered, int]:
    if not isinstance(document, dict) or problems(document, f"{operation.schema}.answer"):
        return "nothing", 0
    field, value = operation.success
    if document.get(field) == value:
        return "yes", 0
    return "no", next((int(document[name]) for name in CODES if document.get(name) is not None), 0)


def _fits(row: Row, generation: str, status: int, answered: Answered, code: int) -> bool:
    is_named = status in row.statuses and answered in row.answered and (not row.codes or code in row.codes)
    return is_named and generation in row.generations


def _call_id(document: dict[str, Json]) -> str | None:
    """VBot's id of the call, or of its batch, where its generation returns one: v3 confirms only."""
    data = document["data"]
    found = (data.get("call_id") or data.get("batch_id")) if isinstance(data, dict) else None
    return clean(found) if isinstance(found, str) else None


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
