"""One request to a shop's API, and why it failed."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from bridge.core.model import Source
from bridge.core.platform import ApiRequest
from bridge.lib import http
from bridge.lib.http import Answer, Kept, NotSent, Unsure

CONNECT_SECONDS = 5
SHOP_REQUEST_SECONDS = 10
LIMIT_BYTES = 1_048_576

# What every other request to the same shop would meet now.
SHARED = frozenset({"fetch_no_answer", "fetch_rate_limited", "fetch_credentials", "fetch_address"})


@dataclass(frozen=True)
class Failure:
    """Why a shop did not give what was requested: a reason code, and how long it wants to be left alone.

    is_unsure   the request may have arrived all the same
    """

    reason: str
    rest: timedelta = timedelta(0)
    is_unsure: bool = False


def send(
    request: ApiRequest,
    source: Source,
    until: float,
    limit_bytes: int = LIMIT_BYTES,
    kept: Kept | None = None,
) -> Answer | Failure:
    """Return the shop's answer, whatever its status. `until`: an instant of monotonic time; `kept`: the connection."""
    if request.sign is not None:
        request = request.sign(request, int(time.time()), secrets.token_hex(16))
    try:
        return http.send(
            request.method,
            request.url,
            headers={"Accept": "application/json", **request.headers},
            body=request.body,
            deadline=until,
            connect_seconds=CONNECT_SECONDS,
            limit_bytes=limit_bytes,
            quick=True,
            kept=kept,
            public_only=source.settings.get("allow_private_addresses") is not True,
        )
    except (NotSent, Unsure) as error:
        if error.reason in ("address_refused", "unsendable"):
            return Failure("fetch_address")
        reason = "fetch_bad_answer" if error.reason == "too_large" else "fetch_no_answer"
        return Failure(reason, is_unsure=isinstance(error, Unsure))


def rest_of(answer: Answer) -> timedelta:
    """How long the shop wants to be left alone: `Retry-After` in seconds, or a rate limit's reset in milliseconds."""
    after = answer.headers.get("retry-after", "")
    reset = answer.headers.get("x-rate-limit-time-reset-ms", "")
    if re.fullmatch("[0-9]{1,6}([.][0-9]{1,3})?", after):  # some shops write "2.0"
        return timedelta(seconds=float(after))
    return timedelta(milliseconds=int(reset)) if re.fullmatch("[0-9]{1,9}", reset) else timedelta(0)
