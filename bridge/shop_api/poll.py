"""Poll a shop: one page of its changed orders, of its queue of events, or its public keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from bridge.core.model import BadPayload, Json, Source
from bridge.core.platform import Api, Page, Poll
from bridge.shop_api.send import Failure, rest_of
from bridge.shop_api.tokens import Tokens, send_with_token

PAGE_BYTES = 8_388_608
KEYS_BYTES = 65_536

_STATUSES = {401: "poll_credentials", 403: "poll_credentials", 404: "poll_not_found", 429: "poll_rate_limited"}
# Why the request itself failed, in the words of a poll; why its token could not be had keeps those of a fetch.
_REASONS = {
    "fetch_address": "poll_address",
    "fetch_no_answer": "poll_unreachable",
    "fetch_bad_answer": "poll_bad_answer",
}


def ask_page(
    poll: Poll, api: Api | None, source: Source, position: Mapping[str, Json], tokens: Tokens, until: float
) -> Page | Failure:
    """Return the shop's answer to this poll. `position`: {since, page}, as far as the last one came.

    Units     until: an instant of monotonic time
    Reasons   poll_*; fetch_* where the token for it cannot be had
    """
    page = position.get("page")
    request = poll.request(source, datetime.fromisoformat(position["since"]), page)
    limit_bytes = KEYS_BYTES if poll.yields == "keys" else PAGE_BYTES
    answer = send_with_token(
        request, api, source, tokens, until, limit_bytes=limit_bytes, seconds=math.inf, reasons=_REASONS
    )
    if isinstance(answer, Failure):
        return answer
    if answer.status == 400 and poll.yields == "events" and page is not None:
        return Failure("poll_position")
    if answer.status != 200:
        reason = "poll_redirected" if 300 <= answer.status < 400 else "poll_failed"
        return Failure(_STATUSES.get(answer.status, reason), rest_of(answer))
    try:
        return poll.read(answer.body, answer.headers, page)
    except BadPayload:
        return Failure("poll_bad_answer")
