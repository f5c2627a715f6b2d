"""What a buyer would hear of a call, with the template's text from the configuration or, where it has none, of VBot."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.core.vietnamese.hearing import LONGEST_SECONDS, SYLLABLES_PER_SECOND, Rate, cost, hear
from bridge.store import Store
from bridge.store.configuration.documents import read_group
from bridge.vbot import VBotError
from bridge.vbot.client import Client

ASK_SECONDS = 10  # that VBot has


def find_content(store: Store, client: Client | None, template: str, deadline: float) -> tuple[str | None, str]:
    """The template's text and where it is from: configuration, vbot, or variables, which are then heard alone.

    deadline  an instant of the monotonic clock, until which VBot is asked
    """
    with store.read() as conn:
        written = read_group(conn, "templates").get(template)
    if written:
        return written, "configuration"
    try:
        found = client.templates(deadline) if client is not None else []
    except VBotError:
        found = []  # v1 has no list of templates; a VBot that is down gives none either
    text = next((one.get("content") for one in found if one.get("code") == template), None)
    return (text, "vbot") if isinstance(text, str) and text.strip() else (None, "variables")


def describe_spoken(
    content: tuple[str | None, str],
    datas: Mapping[str, Json],
    rate: Rate | None,
    *,
    speed: float = SYLLABLES_PER_SECOND,
    longest: float = LONGEST_SECONDS,
) -> dict[str, Json]:
    """{text, source: configuration, vbot or variables, syllables, seconds, cost in dong or null,
    flaws: [{code, sentence, sentence_en}]}

    content  what `find_content` found
    """
    heard = hear(content[0], datas, speed=speed, longest=longest)
    flaws = [(flaw.code, flaw.facts) for flaw in heard.flaws]
    return {
        "text": heard.text,
        "source": content[1],
        "syllables": heard.syllables,
        "seconds": heard.seconds,
        "cost": cost(heard.seconds, rate) if rate else None,
        "flaws": [
            {"code": code, "sentence": sentence(code, "vi", **facts), "sentence_en": sentence(code, "en", **facts)}
            for code, facts in flaws
        ],
    }
