"""Write to an order of a shop: read how it stands, write, and find out whether it stands there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.model import BadPayload, Source, Write
from bridge.core.model.order_states import DONE, ENDED
from bridge.core.platform import ApiRequest, CannotWrite, Refusal, Standing, WriteBack
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import Tokens, send_with_token

# Why a request failed, and why its token could not be had, in the words of a write.
_REASONS = {
    "fetch_address": "write_address",
    "fetch_no_answer": "write_no_answer",
    "fetch_bad_answer": "write_bad_answer",
    "fetch_credentials": "write_credentials",
    "fetch_rate_limited": "write_rate_limited",
}


@dataclass(frozen=True)
class Written:
    """What became of one write. refusal: None: it stands at the shop; is_unsure: it may stand there."""

    refusal: Refusal | None = None
    is_unsure: bool = False


def write_order(back: WriteBack, source: Source, write: Write, tokens: Tokens, until: float) -> Written:
    """Write this to its order, unless it stands there already, or the order has moved on.

    1. Read the order, and after an earlier try what that may have left there.
    2. Write, once. Only this request changes anything.
    3. Where the answer does not show that it stands, read again: a shop may answer 200 and change nothing.

    Units    until: an instant of monotonic time, for all requests together
    Errors   none: a Refusal with a write_* reason
    """
    before = _read(back, source, write, tokens, until, again=write.sent_at is not None)
    if isinstance(before, Refusal):
        return Written(before)
    standing, answers = before
    if standing.is_done:
        return Written()
    refusal = standing.refusal or _moved_on(standing, write)
    return Written(refusal) if refusal else _send(back, source, write, answers, tokens, until)


def try_to_read(back: WriteBack, source: Source, tokens: Tokens, until: float) -> Refusal | None:
    """Whether the shop lets these credentials in; nothing is written."""
    answer = _ask(back, source, back.probe(source), tokens, until)
    return None if isinstance(answer, bytes) else answer.refusal


def _send(
    back: WriteBack, source: Source, write: Write, answers: tuple[bytes, ...], tokens: Tokens, until: float
) -> Written:
    try:
        requests = back.requests(source, write, answers)
    except BadPayload as error:
        return Written(Refusal("write_bad_answer", error.pointer or None))
    except CannotWrite as error:
        return Written(error.refusal)
    sent: bytes | Written = b""
    for request in requests:
        sent = _ask(back, source, request, tokens, until)
        if isinstance(sent, Written):
            return _without_right(sent) if answers else sent
    assert isinstance(sent, bytes)  # noqa: S101  of the last one
    if _proves(back, write, sent):
        return Written()
    after = _read(back, source, write, tokens, until, again=True)
    if isinstance(after, Refusal):
        return Written(after, is_unsure=True)
    return Written() if after[0].is_done else Written(Refusal("write_not_kept"), is_unsure=True)


def _proves(back: WriteBack, write: Write, sent: bytes) -> bool:
    try:
        return back.proves(write, sent)
    except BadPayload:
        return False


def _without_right(sent: Written) -> Written:
    """The same credentials were let in to read: they lack the right to write."""
    if sent.refusal is None or sent.refusal.reason != "write_credentials":
        return sent
    return Written(replace(sent.refusal, reason="write_scope"))


def _read(
    back: WriteBack, source: Source, write: Write, tokens: Tokens, until: float, *, again: bool
) -> tuple[Standing, tuple[bytes, ...]] | Refusal:
    answers: tuple[bytes, ...] = ()
    for request in back.look(source, write, again):
        answer = _ask(back, source, request, tokens, until)
        if not isinstance(answer, bytes):
            return answer.refusal or Refusal("write_bad_answer")
        answers = (*answers, answer)
    try:
        return back.read(source, write, answers), answers
    except BadPayload as error:
        return Refusal("write_bad_answer", error.pointer or None)


def _ask(back: WriteBack, source: Source, request: ApiRequest, tokens: Tokens, until: float) -> bytes | Written:
    """The body of the shop's answer, or why it is none."""
    answer = send_with_token(request, back, source, tokens, until)
    if isinstance(answer, Failure):
        reason = _REASONS.get(answer.reason, answer.reason)
        return Written(Refusal(reason, rest=answer.rest), answer.is_unsure)
    refusal = back.judge(answer.status, answer.headers, answer.body)
    if refusal is None:
        return answer.body
    return Written(refusal, is_unsure=refusal.reason in ("write_no_answer", "write_bad_answer"))


def _moved_on(standing: Standing, write: Write) -> Refusal | None:
    """Whoever cancelled or shipped the order has no use for what a buyer said before."""
    if standing.state in ENDED:
        return Refusal("write_order_ended")
    if standing.state in DONE and not write.was_done:
        return Refusal("write_order_moved_on")
    return None
