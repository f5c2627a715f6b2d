"""What `balance` and `doctor` ask of the ledger, and what to do about what it cannot explain."""

from __future__ import annotations

from bridge.store.configuration.catalog import Catalog

# What to do about each kind of unexplained thing.
ACTS = {
    "failed_deliveries": "see: python -m bridge deliveries --state failed; close with --ack ID --reason TEXT",
    "undecided_deliveries": "stored over 5 minutes ago; is a worker running? python -m bridge worker",
    "events_without_decision": "see: python -m bridge deliveries, and the log of the worker",
    "stuck_calls": "past their time or their lease; is a worker running? python -m bridge worker",
}


def topics_of(catalog: Catalog) -> dict[str, list[str]]:
    """Each source's id -> the topics that its enabled rules listen to."""
    return {
        source: sorted({topic for rule in catalog.rules if rule.listens(source) for topic in rule.on})
        for source in catalog.sources
    }
