"""What a POST of the API says: its Idempotency-Key and its JSON, and the refusal of what cannot be used."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Response, request

from bridge.core.model import BadPayload, Json
from bridge.lib.jsonschema import Problem, check, compile_schema, openapi
from bridge.lib.strictjson import parse_json
from bridge.web.problems import problem

KEY = re.compile(r"[\x20-\x7e]{1,255}")
# What curl and urllib write of their own accord, whatever is sent.
_UNMEANT_TYPE = "application/x-www-form-urlencoded"
_NOT_JSON = "Send the body as JSON, with the header Content-Type: application/json."


class Wrong(Exception):
    """The request is not carried out; `answer` says why."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


def idempotency_key() -> str:
    """The request's key. Errors: Wrong (400)."""
    found = request.headers.getlist("Idempotency-Key")
    if len(found) != 1 or not KEY.fullmatch(found[0]):
        detail = (
            "Send one header Idempotency-Key with 1 to 255 printable ASCII characters: a new text for each new call."
        )
        raise Wrong(problem(400, detail))
    return found[0]


def read_document(name: str) -> dict[str, Json]:
    """The body, as this schema of the API wants it; without a body, the empty object. Errors: Wrong (400, 415, 422)."""
    body, kind = request.get_data(), request.mimetype
    if body and kind not in ("", "application/json", _UNMEANT_TYPE) and not kind.endswith("+json"):
        raise Wrong(problem(415, _NOT_JSON))
    try:
        document = parse_json(body or b"{}", whole=True)
    except BadPayload as error:
        if kind == _UNMEANT_TYPE:
            raise Wrong(problem(415, _NOT_JSON)) from None
        raise Wrong(problems(400, [Problem(error.pointer, error.problem)])) from None
    wrong = check(document, _validator(name))
    if wrong:
        raise Wrong(problems(422, wrong))
    found: dict[str, Json] = document
    return found


def problems(status: int, wrong: list[Problem], reason: str | None = None) -> Response:
    """A problem document that names each place of the body that is wrong."""
    first = wrong[0]
    detail = f"{first.pointer or 'The body'}: {first.problem}"
    errors = [{"pointer": each.pointer, "detail": each.problem} for each in wrong]
    return problem(status, detail, errors=errors, **({"reason": reason} if reason else {}))


@cache
def _validator(name: str) -> Any:
    return compile_schema({"$ref": f"#/components/schemas/{name}", "components": openapi()["components"]})
