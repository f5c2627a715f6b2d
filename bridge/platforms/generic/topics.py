"""What happened, by the sender's word for it: as the source's `topics` say, in our own words, or in usual ones."""

from __future__ import annotations

from bridge.core.folding import fold
from bridge.core.model import TOPICS as OUR_TOPICS
from bridge.core.model import Request, Source
from bridge.core.model.order_states import DONE, ENDED
from bridge.lib import jsonschema as schema
from bridge.platforms.generic.given import Given
from bridge.platforms.generic.paths import paths_of, split_path
from bridge.platforms.shared.states import Meaning, meaning_of, state_of
from bridge.platforms.shared.values import to_text

TOPICS = {topic: topic for topic in OUR_TOPICS}
DEFAULT_TOPIC = "order.created"

_USUAL = {
    "order.created": ("order create", "orders create", "order new", "new order", "don moi", "don hang moi", "tao don"),
    "order.updated": ("order update", "orders update", "orders updated", "cap nhat don", "cap nhat don hang"),
    "order.paid": ("orders paid", "order payment"),
    "order.cancelled": ("order cancel", "order canceled", "orders cancelled", "orders canceled"),
    "order.fulfilled": ("orders fulfilled", "order shipped", "order delivered", "order completed"),
    "order.deleted": ("order delete", "orders delete", "orders deleted"),
}
_WORDS = {fold(topic): topic for topic in OUR_TOPICS} | {word: ours for ours, words in _USUAL.items() for word in words}


def topic_word(request: Request, given: Given) -> str | None:
    """Their word for what happened, from `fields.topic`, or from the path or header that `topic` names."""
    place = given.source.settings.get("topic")
    if place and place not in OUR_TOPICS:
        return find_text(request, given, place)
    if given.fields and "topic" not in given.fields:
        return None
    return given.needed_text("topic")


def topic_of(word: str, source: Source) -> str | None:
    """Our topic for their word; None for a word that nobody knows, and for one that says only that an order is open."""
    folded = fold(word)
    taught = {fold(str(theirs)): ours for theirs, ours in source.settings.get("topics", {}).items()}
    return taught.get(folded) or _WORDS.get(folded) or topic_of_state(meaning_of(word, source))


def topic_of_state(meaning: Meaning | None) -> str | None:
    """The topic of a change to this state; None while the order is open."""
    if meaning == "paid":
        return "order.paid"
    state = state_of(meaning)
    return "order.cancelled" if state in ENDED else "order.fulfilled" if state in DONE else None


def fixed_topic(source: Source) -> str | None:
    """The topic of a document that names none: `topic` if it is one of ours, or created where none is looked for."""
    place = source.settings.get("topic")
    if place in OUR_TOPICS:
        return str(place)
    looked_for = place or "topic" in source.settings.get("fields", {})
    return None if looked_for else DEFAULT_TOPIC


def topic_pointer(source: Source) -> str:
    """Where the source's settings look for the topic, as a JSON pointer."""
    place = source.settings.get("topic") or source.settings.get("fields", {}).get("topic", "topic")
    paths = paths_of(place)
    return schema.pointer(str(step) for step in split_path(paths[0])) if paths else ""


def find_text(request: Request, given: Given, place: str) -> str | None:
    """The text at a path, or of a header: "header:X-Event", or a name that the document does not have."""
    if place.lower().startswith("header:"):
        return to_text(request.header(place[len("header:") :].strip()))
    return to_text(given.document.find(place).value) or to_text(request.header(place))
