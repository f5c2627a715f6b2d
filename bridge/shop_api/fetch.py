"""Fetch the shop's documents that a delivery leaves out."""

from __future__ import annotations

from dataclasses import replace

from bridge.core.model import BadPayload, CannotFetch, Request, Source
from bridge.core.platform import Api, ApiRequest, Fetch
from bridge.lib.http import Answer
from bridge.shop_api.send import SHARED, Failure, rest_of
from bridge.shop_api.tokens import Tokens, send_with_token

_STATUSES = {
    401: "fetch_credentials",
    403: "fetch_credentials",
    404: "fetch_not_found",
    429: "fetch_rate_limited",
}


def fetch_documents(
    api: Api, source: Source, request: Request, tokens: Tokens, until: float
) -> tuple[Request, list[Failure]]:
    """Return the request with what the shop answered, and why some is missing. `until`: an instant of monotonic time.

    What one order lacks does not keep the others of the delivery from theirs.
    """
    failed: dict[str, Failure] = {}
    try:
        while missing := [each for each in api.wanted(request, source) if each.name not in failed]:
            for each in missing:
                got = _get(api, source, each, tokens, until)
                if isinstance(got, bytes):
                    request = replace(request, fetched={**request.fetched, each.name: got})
                    continue
                failed[each.name] = got
                if got.reason in SHARED:
                    return request, list(failed.values())
    except CannotFetch as error:
        failed[""] = Failure(error.reason)
    except BadPayload:
        pass  # reported when the delivery is decided
    return request, list(failed.values())


def _get(api: Api, source: Source, wanted: Fetch, tokens: Tokens, until: float) -> bytes | Failure:
    """The document, as the shop answered."""
    method = "GET" if wanted.body is None else "POST"
    request = ApiRequest(method, wanted.url, dict(wanted.headers), wanted.body)
    answer = send_with_token(request, api, source, tokens, until)
    return answer if isinstance(answer, Failure) else _judge(answer, wanted)


def _judge(answer: Answer, wanted: Fetch) -> bytes | Failure:
    status = answer.status
    if status == 200:
        try:
            flaw = wanted.check(answer.body)
        except BadPayload:
            flaw = "fetch_bad_answer"
        return Failure(flaw) if flaw else answer.body
    try:
        refused = wanted.refusal(status, answer.body)
    except BadPayload:
        refused = None
    if refused:
        return Failure(refused, rest_of(answer))
    if status in (204, 404) and wanted.optional:
        return b"null"
    if status in _STATUSES:
        return Failure(_STATUSES[status], rest_of(answer))
    if 300 <= status < 400:
        return Failure("fetch_redirected")
    return Failure("fetch_no_answer" if status >= 500 else "fetch_bad_answer", rest_of(answer))
