"""What `check` and `apply` say of a rule whose `batch` this generation of VBot cannot serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bridge.core.model import BadRule, Json
from bridge.rules.rule import parse_rule
from bridge.vbot import Account

if TYPE_CHECKING:
    from bridge.configuration.files import Configuration
    from bridge.configuration.lint import Finding

_NEWEST = Account(url="", generation="v3")


def why_not_together(document: Mapping[str, Json], fields: list[Json] | None, account: Account) -> str | None:
    """Why calls of this rule are not placed as its `batch` says, or None. `fields`: the template's, if known."""
    if not document.get("batch"):
        return None
    from bridge.place.batch import Batches, may_batch  # noqa: PLC0415  the ledger, which few rules need
    from bridge.vbot.client import Client  # noqa: PLC0415

    client = Client(account)
    batches = Batches(client.most_in_batch, client.carries)
    try:
        rule = parse_rule(document)
    except BadRule:
        return None  # reported elsewhere
    if not may_batch(rule, {}, fields, batches):
        return (
            f"VBot's {account.generation} says no custom fields, max_time or max_waiting_time in a batch: "
            "these calls are placed one by one; take batch out, or use v3"
        )
    if rule.batch is not None and batches.most is not None and rule.batch.size > batches.most:
        return f"VBot's {account.generation} takes at most {batches.most} phones at once: so many are placed together"
    return None


def rules_not_together(configuration: Configuration, account: Account | None) -> Iterator[Finding]:
    """A warning for each rule whose calls VBot would not take together, whatever its template's custom fields.

    account   which generation; None: it is not known, and the newest is meant, which alone has a limit of phones
    """
    for rule, spot in configuration.each("rules"):
        why = why_not_together(rule, None, account or _NEWEST)
        if why is not None:
            yield spot.below("batch").finding(why, warning=True)
