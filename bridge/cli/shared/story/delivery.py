"""The lines that the command `deliveries --show` prints of a delivery."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bridge.cli.shared.printing import clean, local_time
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.reasons import sentence
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.lines import act_lines


def delivery_lines(item: Mapping[str, Json], language: str) -> Iterator[str]:
    """The lines of a delivery with its `request`; times in the default zone."""
    is_vietnamese = language == "vi"
    at, topic = local_time(item["received_at"]), item["platform_topic"] or "?"
    named = f"{item['source']} ({item['platform']}): {clean(topic)}"
    if is_vietnamese:
        yield f"Tin {item['id']} của {named}, nhận lúc {at}, {item['state']}"
    else:
        yield f"Delivery {item['id']} of {named}, received at {at}, {item['state']}"
    if item["reason"]:
        yield "  " + clean(sentence(item["reason"], language, detail=item["detail"]))
    for decision in item["decisions"]:
        rule = f"[{decision['rule']}] " if decision["rule"] else ""
        yield f"  {rule}{clean(decision['sentence' if is_vietnamese else 'sentence_en'])}"
        yield from (f"    {clean(line)}" for line in evidence_lines(decision, language))
    yield from act_lines(item["acts"], f"delivery:{item['id']}", DEFAULT_ZONE, language)
    request = item["request"]
    query = f"?{request['query']}" if request["query"] else ""
    yield from ("", clean(f"{request['method']} {request['path']}{query}"))
    for name, value in request["headers"]:
        yield clean(f"{name}: {value}")
    for name, body in {"": request["body"], **request["fetched"]}.items():
        yield from ("", f"{clean(name)}:" if name else "")[: 1 + bool(name)]
        yield from map(clean, _text(body).split("\n"))


def _text(body: Json) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
