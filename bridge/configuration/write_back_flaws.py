"""Flaws of a rule's `write_back`: what the platforms of its sources cannot do, or not with these settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bridge.core.model import TO_CARRIER, Json, Source
from bridge.core.model.texts import Text
from bridge.platforms import find_platform
from bridge.rules.lint import RuleFlaw
from bridge.rules.write_back import Action, parse_write_back


def write_flaws(
    write_back: Json, answers: Json, sources: Sequence[Source], carriers: Sequence[Source]
) -> Iterator[RuleFlaw]:
    """An error for each action that no source of the rule can carry out, a warning where only some cannot.

    carriers   those whose parcels belong to orders of these sources
    Errors     BadRule: an action that is none.
    """
    for result, actions in parse_write_back(write_back, answers or {}).items():
        for n, action in enumerate(actions):
            receivers = carriers if action.kind == TO_CARRIER else sources
            where = f"write_back.{result}[{n}]"
            if not receivers:
                yield RuleFlaw(where, _NO_CARRIER[1], vietnamese=_NO_CARRIER[0])
            reasons = {source.id: why for source in receivers if (why := _why_not(source, action))}
            if reasons:
                yield _flaw(where, action, reasons, every=len(reasons) == len(receivers))


_NO_CARRIER: Text = (
    "không có nguồn hãng vận chuyển nào cho các cửa hàng của quy tắc: hãy thêm nguồn ấy, với orders_of nêu cửa hàng",
    "no source is a carrier of this rule's shops: add one, whose orders_of names the shop",
)


def _flaw(where: str, action: Action, reasons: Mapping[str, Text], *, every: bool) -> RuleFlaw:
    vietnamese, english = ("; ".join(f"{name}: {why[n]}" for name, why in reasons.items()) for n in (0, 1))
    if every:
        problem = f"{action.kind} cannot be written to any source of this rule: {english}"
        return RuleFlaw(where, problem, vietnamese=f"không nguồn nào của quy tắc ghi được {action.kind}: {vietnamese}")
    problem = f"{action.kind} will not be written for some sources: {english}"
    return RuleFlaw(where, problem, warning=True, vietnamese=f"có nguồn sẽ không ghi được {action.kind}: {vietnamese}")


def _why_not(source: Source, action: Action) -> Text | None:
    """Why this source's shop does not get this; None: it does."""
    platform = find_platform(source.platform)
    if platform is None:
        return None  # a finding of its own
    back = platform.write_back
    if back is None:
        vietnamese, english = platform.no_write_back
        return f"{platform.title} không nhận ghi về: {vietnamese}", f"{platform.title} takes nothing back: {english}"
    if action.kind not in back.does:
        vietnamese, english = back.lacks.get(action.kind, ("API không có", "its API has none"))
        return (
            f"{platform.title} không có {action.kind}: {vietnamese}",
            f"{platform.title} has no {action.kind}: {english}",
        )
    unfit = back.fits(action.kind, action.value)
    missing = ", ".join(back.missing(source.settings))
    if unfit is None and missing:
        vietnamese, english = back.scopes
        return f"cài đặt thiếu {missing}, cần {vietnamese}", f"its settings lack {missing}: {english}"
    return unfit
