"""What became of each order, read from the bridge's ledger; and whether VBot's own list agrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bridge.core.call_states import AWAITS_RESULT, CallState, Transition
from bridge.core.model import AttemptOutcome, Json
from bridge.core.model.texts import Language
from bridge.core.reasons import sentence
from bridge.demo.shop import Sale
from bridge.demo.texts import say
from bridge.store import Connection
from bridge.store.reports.views import Filter, describe_order, list_calls

# A call's state, or how it finished -> the order's end, the first that fits.
_ENDS = {
    CallState.UNSURE: "unsure",
    CallState.PLACED: "called",
    "confirmed": "confirmed",
    "declined": "declined",
    "agent": "agent",
    "answered": "answered",
    "no_key": "answered",
    "no_answer": "unreached",
    "busy": "unreached",
    "failed": "unreached",
    "unknown": "called",
    CallState.REFUSED: "refused",
    CallState.EXPIRED: "too_late",
    CallState.CANCELLED: "cancelled_end",
}
_REDIAL = (CallState.WAITING, Transition.REDIAL.reason)
# A result -> the disposition in VBot's record of the same attempt.
_DISPOSITIONS = {"no_answer": {"NOANSWER"}, "busy": {"BUSY"}, "failed": {"CANCEL"}}


@dataclass(frozen=True)
class End:
    """How an order ended. `name` is a word of the demo; `why` the sentence of its reason."""

    name: str
    number: str
    why: str


def find_end(conn: Connection, sale: Sale, language: Language, accepted: Collection[str] = ()) -> End | None:
    """The order's end, or None while a delivery of it is undecided or a call of it still lives.

    accepted   the attempts that VBot took, and whose results it will post
    """
    story = describe_order(conn, sale.source.id, sale.order_id, show_phones=False)
    if story is None or len(story["deliveries"]) < sale.deliveries:
        return None
    unread = next((delivery for delivery in story["deliveries"] if delivery["state"] == "failed"), None)
    is_alive = any(_end_of(call) not in _ENDS or _is_awaited(call, accepted) for call in story["calls"])
    if is_alive or any(delivery["state"] == "stored" for delivery in story["deliveries"]):
        return None
    number = story["order_number"] or sale.order_id
    if unread is not None:
        return End("unexplained", number, sentence(unread["reason"] or "", language))
    if story["calls"]:
        call = min(story["calls"], key=lambda call: list(_ENDS).index(_end_of(call)))
        return End(_ENDS[_end_of(call)], number, _why(call, language))
    return _skipped(story, number, language)


def find_news(conn: Connection, sale: Sale, language: Language) -> End | None:
    """What an order without its end has just met: nobody answered and it rings again, or it is not clear if it rang."""
    story = describe_order(conn, sale.source.id, sale.order_id, show_phones=False)
    for call in story["calls"] if story else ():
        rings_again = (call["state"], call["reason"]) == _REDIAL
        if rings_again or call["state"] == CallState.UNSURE:
            name = "redial" if rings_again else "unsure"
            return End(name, call["order_number"] or sale.order_id, _sentence(call, language))
    return None


def describe_end(sale: Sale, end: End, language: Language) -> str:
    """The order's end in one line."""
    line = f"{say(end.name, language):<14} {end.number:>8}  {sale.source.id:<16}  {say(sale.kind.name, language)}."
    return f"{line} {end.why}".rstrip()


def describe_news(sale: Sale, news: End, language: Language) -> str:
    """What is new about an order, in one line."""
    return f"  … {say(news.name, language).lower():<10} {news.number:>8}  {sale.source.id:<16}  {news.why}"


def compare(conn: Connection, rung: Iterable[Json], records: Iterable[Json] = ()) -> list[str]:
    """Where the ledger and VBot's own lists differ; empty if they agree and nobody who had answered was rung again.

    rung      each accepted call with its external_call_id
    records   VBot's record of each call that has ended
    """
    ended = {record["externalCallId"]: record["disposition"] for record in records}
    rings = Counter(call["external_call_id"] for call in rung)
    problems = [f"attempt {attempt} reached VBot {count} times" for attempt, count in rings.items() if count > 1]
    orders: Counter[tuple[str, str]] = Counter()
    known = set()
    for call in _all_calls(conn):
        for attempt in call["attempts"]:
            attempt_id, outcome = attempt["external_call_id"], attempt["outcome"]
            known.add(attempt_id)
            if ended.get(attempt_id) not in ("NOANSWER", "BUSY") or attempt is call["attempts"][-1]:
                orders[call["source"], call["order_id"]] += rings[attempt_id]
            if outcome == AttemptOutcome.ACCEPTED and not rings[attempt_id]:
                problems.append(f"attempt {attempt_id} is accepted in the ledger, and VBot does not know it")
            if outcome in (AttemptOutcome.REFUSED, AttemptOutcome.NOT_SENT) and rings[attempt_id]:
                problems.append(f"attempt {attempt_id} is {outcome} in the ledger, and VBot accepted it")
        last = call["attempts"][-1]["external_call_id"] if call["attempts"] else None
        if call["state"] == CallState.FINISHED and ended.get(last, "") not in _DISPOSITIONS.get(
            call["result"], {"ANSWER"}
        ):
            problems.append(
                f"attempt {last} is {call['result']} in the ledger, and VBot's record says {ended.get(last)}"
            )
    problems += [f"VBot accepted {attempt}, which the ledger does not know" for attempt in rings.keys() - known]
    problems += [f"order {order} of {source} was rung {n} times" for (source, order), n in orders.items() if n > 1]
    return problems


def _skipped(story: Json, number: str, language: Language) -> End:
    decisions = [decision for delivery in story["deliveries"] for decision in delivery["decisions"]]
    of_rules = [decision for decision in decisions if decision["rule"]] or decisions
    return End("skipped", number, _sentence(of_rules[0], language)) if of_rules else End("unexplained", number, "")


def _end_of(call: Json) -> str:
    return str(call["result"] if call["state"] == CallState.FINISHED else call["state"])


def _is_awaited(call: Json, accepted: Collection[str]) -> bool:
    last = call["attempts"][-1]["external_call_id"] if call["attempts"] else None
    return call["state"] in AWAITS_RESULT and last in accepted


def _why(call: Json, language: Language) -> str:
    why = _sentence(call, language)
    attempts = call["attempts"]
    if len(attempts) < 2 or attempts[0]["outcome"] == "accepted" or not attempts[0]["detail"]:
        return why
    first = sentence(attempts[0]["detail"], language)
    return f"{why} {say('attempts', language, count=len(attempts), first=first)}"


def _sentence(item: Json, language: Language) -> str:
    return (item["sentence"] if language == "vi" else item["sentence_en"]) or ""


def _all_calls(conn: Connection) -> Iterable[Json]:
    page = list_calls(conn, Filter(limit=200), show_phones=False)
    yield from page.items
    while page.next:
        page = list_calls(conn, Filter(limit=200, cursor=int(page.next)), show_phones=False)
        yield from page.items
