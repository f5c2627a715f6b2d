"""Tell the shop again what became of a call: what was to be written is taken up once more.

Nothing is written blindly: the order is read first, as after any earlier try, and what stands there under its marker
is left as it is. An action that changes the order itself is done again only where it is asked for expressly, and never
once it was done: whoever changed the order back since then meant it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import CHANGES_ORDER, MANUAL, Call, Write, WriteState
from bridge.core.platform import Refusal
from bridge.notify.write_back import STOPS, forbidden
from bridge.notify.write_plan import create_writes
from bridge.rules.rule import Rule
from bridge.rules.write_back import Action, actions_for
from bridge.store import Connection
from bridge.store.calls import ERASED_TEXT, call_ids_of, find_call
from bridge.store.configuration.catalog import Catalog
from bridge.store.operation.actions import record_action
from bridge.store.shops.write_backs import end_rest, take_up_again, writes_of_calls


@dataclass(frozen=True)
class Telling:
    """What the shop is told again of a call.

    refusal   why it is told nothing, and then all else is empty
    writes    taken up again, of the call's newest result
    planned   (position, action) of the rule as it is now, where nothing was planned when the call ended
    changes   of both, what changes the order itself and was left out, for nobody asked for it
    """

    refusal: Refusal | None = None
    writes: tuple[Write, ...] = ()
    planned: tuple[tuple[int, Action], ...] = ()
    changes: tuple[Write | Action, ...] = ()


def call_to_tell(conn: Connection, source_id: str, order_id: str) -> Call | None:
    """The order's newest call of which there is something to tell, else its newest; None where nobody was called."""
    ids = call_ids_of(conn, source_id, order_id, None)
    heard = writes_of_calls(conn, ids)
    found = [call for call_id in ids if (call := find_call(conn, call_id)) is not None and call.rule != MANUAL]
    told = [call for call in found if call.result is not None or call.id in heard]
    return told[-1] if told else found[-1] if found else None


def look_again(conn: Connection, catalog: Catalog, call: Call, *, changes: bool) -> Telling:
    """What `tell_again` would do; nothing is done. `changes`: also what changes the order itself."""
    if call.rule == MANUAL or call.source_id is None:
        return Telling(Refusal("tell_by_hand"))
    if call.phone == ERASED_TEXT:
        return Telling(Refusal("tell_erased"))
    made = writes_of_calls(conn, [call.id]).get(call.id, [])
    result = call.result or (made[-1].result if made else None)
    if result is None:
        return Telling(Refusal("tell_unheard"))
    mine = [write for write in made if write.result == result]
    rule = catalog.rule(call.rule)
    if mine:
        found = _again(mine, changes)
    elif rule is not None:
        found = _planned(rule, result, call.key, changes)
    else:
        found = Telling(Refusal("tell_nothing"))
    return found if found.refusal else _possible(catalog, call.source_id, found)


def tell_again(
    conn: Connection, catalog: Catalog, call_id: int, reason: str, who: str, now: datetime, *, changes: bool
) -> Telling | None:
    """Let it be written by the worker, at once; recorded as what this person did. None: there is no such call.

    A shop that rests because it let us not in is tried again at once; one that asked for a rest has it.
    """
    call = find_call(conn, call_id, lock=True)
    if call is None:
        return None
    told = look_again(conn, catalog, call, changes=changes)
    if told.refusal is not None or call.source_id is None:
        return told
    take_up_again(conn, [write.id for write in told.writes], now)
    rule, shop = catalog.rule(call.rule), catalog.shop(call.source_id)
    if told.planned and rule is not None and shop is not None and call.result is not None:
        before = writes_of_calls(conn, [call.id]).get(call.id, [])
        create_writes(conn, call, rule, shop.source.timezone, call.result, told.planned, before, now)
    for source_id in {call.source_id, *(write.source_id for write in told.writes)}:
        end_rest(conn, source_id, STOPS)
    record_action(conn, "tell", f"call:{call.id}", reason, now, who=who)
    return told


def _again(mine: list[Write], changes: bool) -> Telling:
    """Of what was planned for this result: what may be tried again."""
    if all(write.state == WriteState.SENDING for write in mine):
        return Telling(Refusal("tell_under_way"))
    free = [write for write in mine if write.state != WriteState.SENDING]
    left = [write for write in free if not (write.kind in CHANGES_ORDER and write.state == WriteState.WRITTEN)]
    if not left:
        return Telling(Refusal("tell_done"))
    chosen = tuple(write for write in left if changes or write.kind not in CHANGES_ORDER)
    others = tuple(write for write in left if write not in chosen and write.wake_at is None)
    if not chosen:
        return Telling(Refusal("tell_changes_only" if others else "tell_under_way"))
    return Telling(None, chosen, changes=others)


def _planned(rule: Rule, result: str, key: str | None, changes: bool) -> Telling:
    """What the rule, as it is now, wants to be written for this result."""
    wanted = actions_for(rule.write_back, result, key)
    if not wanted:
        return Telling(Refusal("tell_nothing"))
    chosen = tuple((n, action) for n, action in wanted if changes or action.kind not in CHANGES_ORDER)
    others = tuple(action for _, action in wanted if action.kind in CHANGES_ORDER and not changes)
    return Telling(planned=chosen, changes=others) if chosen else Telling(Refusal("tell_changes_only"))


def _possible(catalog: Catalog, source_id: str, found: Telling) -> Telling:
    """The same, or why not one of these can be asked of its shop."""
    wanted = [(write.source_id, write.kind) for write in found.writes]
    wanted += [(source_id, action.kind) for _, action in found.planned]
    refusals = [forbidden(catalog.shop(name), kind) for name, kind in wanted]
    if refusals and all(refusals):
        return Telling(refusals[0])
    return found
