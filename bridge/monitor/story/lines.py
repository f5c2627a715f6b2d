"""One order's story in lines of text, Vietnamese or English. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bridge.core.call_states import LIVE, CallState
from bridge.core.model import Json
from bridge.core.reasons import sentence
from bridge.core.schedule import local_time
from bridge.core.words import ACTS, ORDER_STATES, OUTCOMES, RESULTS, STATES, WRITE_STATES, WRITES, word
from bridge.monitor.story.evidence import evidence_lines
from bridge.monitor.story.now import Facts
from bridge.store.calls import LEFT


def what_next(story: dict[str, Json], facts: Facts, zone: str, language: str, *, on_page: bool = False) -> list[str]:
    """What will happen to this order now, or must be done, one sentence for each thing.

    on_page   it is read where the buttons are, and names no command
    """
    here = "_here" if on_page else ""
    lines, live = [], False
    for delivery in story["deliveries"]:
        if delivery["state"] == "stored":
            live = True
            lines.append(_say("undecided", language, delivery=delivery["id"]))
        elif delivery["state"] == "failed" and not delivery["acknowledged_at"]:
            lines.append(_say(f"failed{here}", language, delivery=delivery["id"]))
    for call in story["calls"]:
        live = live or call["state"] in LIVE
        lines.append(_say("call", language, call=call["id"], next=_next(call, facts, zone, language, here)))
    if live and not facts.worker_beats:
        lines.append(_say("no_worker", language))
    return lines or [_say("nothing", language)]


def story_lines(story: dict[str, Json], zone: str, language: str, *, show_datas: bool) -> list[str]:
    """The lines of a story of `describe_order`, with `next` as `what_next` says; times in `zone`."""
    lines = [_title(story, zone, language)]
    for delivery in story["deliveries"]:
        lines += _delivery(delivery, story, zone, language)
        lines += [told_line(one, zone, language) for one in story["messages"] if one["delivery_id"] == delivery["id"]]
        lines += act_lines(story["acts"], f"delivery:{delivery['id']}", zone, language)
    for call in story["calls"]:
        lines += _call(call, zone, language, show_datas)
        lines += [told_line(one, zone, language) for one in story["messages"] if one["call_id"] == call["id"]]
        lines += act_lines(story["acts"], f"call:{call['id']}", zone, language)
    return [*lines, _say("next", language), *(f"  {line}" for line in story["next"])]


def _title(story: dict[str, Json], zone: str, language: str) -> str:
    number, order_id = story["order_number"], story["order_id"]
    if order_id is None:
        return _say("by_hand", language, zone=zone)
    named = number if number == order_id else f"{number} (id {order_id})"
    state = word(ORDER_STATES, story["state"], language)
    return _say("order", language, order=named, source=story["source"], state=state, zone=zone)


def _delivery(delivery: dict[str, Json], story: dict[str, Json], zone: str, language: str) -> Iterator[str]:
    at, topic = local_time(delivery["received_at"], zone), delivery["platform_topic"] or "?"
    repeats = _say("repeats", language, count=delivery["repeats"]) if delivery["repeats"] else ""
    if delivery["recovered"]:
        repeats = _say("recovered", language) + repeats
    topics = ", ".join(one["topic"] for one in delivery["events"] if one["order_id"] == story["order_id"])
    yield _say("delivery", language, at=at, id=delivery["id"], topic=topic, ours=topics, repeats=repeats)
    if delivery["reason"]:
        facts = {"detail": delivery["detail"], "because": delivery["detail"] if delivery["state"] == "stored" else None}
        yield "    " + sentence(delivery["reason"], language, timezone=zone, **facts)
    for decision in delivery["decisions"]:
        rule = f"[{decision['rule']}] " if decision["rule"] else ""
        call = f" (#{decision['call_id']})" if decision["call_id"] and decision["decision"] == "call" else ""
        yield f"    {rule}{_sentence(decision, language)}{call}"
        yield from (f"      {line}" for line in evidence_lines(decision, language))


def _call(call: dict[str, Json], zone: str, language: str, show_datas: bool) -> Iterator[str]:
    words = {"id": call["id"], "rule": call["rule"], "phone": call["phone"], "template": call["template"]}
    state = word(STATES, call["state"], language)
    yield _say("call_line", language, at=local_time(call["created_at"], zone), state=state, **words)
    if show_datas:
        for key, value in call["datas"].items():
            yield f"    {key}: {value}"
    for attempt in call["attempts"]:
        at, outcome = local_time(attempt["started_at"], zone), attempt["outcome"] or "…"
        detail = f" ({attempt['detail']})" if attempt["detail"] and attempt["detail"] != outcome else ""
        ended = f"{word(OUTCOMES, outcome, language)}{detail}"
        yield _say("attempt", language, at=at, id=attempt["external_call_id"], outcome=ended)
        if attempt["records"]:
            yield f"      {_sentence(attempt['records'], language)}"
    if call["result"]:
        key = f" ({call['key']})" if call["key"] else ""
        yield _say("result", language, result=f"{word(RESULTS, call['result'], language)}{key}")
    for write in call["write_backs"]:
        yield _written(write, zone, language)


def _written(write: dict[str, Json], zone: str, language: str) -> str:
    """What is written to the order at the shop, and why it does not stand there."""
    action = WRITES[write["action"]][language != "vi"]
    value = f" “{write['value']}”" if write["value"] else ""
    state = word(WRITE_STATES, write["state"], language)
    why = f": {_sentence(write, language)}" if write["detail"] else ""
    again = _say("again", language, at=local_time(write["next_at"], zone)) if write["next_at"] and why else ""
    at = local_time(write["at"], zone)
    return _say("write", language, at=at, action=action, value=value, state=f"{state}{why}{again}")


def told_line(message: dict[str, Json], zone: str, language: str) -> str:
    """What a webhook was told, and whether it took it."""
    at, words = local_time(message["at"], zone), {"webhook": message["webhook"], "event": message["event"]}
    return _say("message", language, at=at, state=told_state(message, zone, language), **words)


def told_state(message: dict[str, Json], zone: str, language: str) -> str:
    """Whether the webhook took it, and when it is told again."""
    state = _say(f"message_{message['state']}", language, tries=message["tries"], detail=message["detail"] or "…")
    is_late = message["next_at"] and message["tries"]
    again = _say("again", language, at=local_time(message["next_at"], zone)) if is_late else ""
    return f"{state}{again}"


def act_lines(acts: list[dict[str, Json]], subject: str, zone: str, language: str) -> Iterator[str]:
    """What people did to this, and why."""
    for act in acts:
        if act["on"] == subject:
            done = ACTS.get(act["what"], (act["what"], act["what"]))[language != "vi"]
            why = f": {act['reason']}" if act["reason"] else ""
            yield f"    {local_time(act['at'], zone)}  {act['who']} {done}{why}"


def _next(call: dict[str, Json], facts: Facts, zone: str, language: str, here: str) -> str:
    """What becomes of this call."""
    if call["state"] == CallState.WAITING:
        return _wait(call, facts, zone, language)
    if call["state"] in (CallState.QUEUED, CallState.DIALING):
        return _say("calling", language)
    why = _sentence(call, language) if call["reason"] else ""
    if call["state"] == CallState.UNSURE and call["reason"] != LEFT:
        ids = ", ".join(attempt["external_call_id"] for attempt in call["attempts"][-1:])
        return f"{why} {_say(f'person{here}', language, id=ids, call=call['id'])}".strip()
    return why or _say("awaited" if call["state"] == CallState.PLACED else "ended", language)


def _wait(call: dict[str, Json], facts: Facts, zone: str, language: str) -> str:
    held = facts.pause(call)
    if held is not None:
        return sentence(f"paused_{held[0]}", language, rule=call["rule"], detail=held[1])
    begins = datetime.fromisoformat(call["not_before"])
    if begins > facts.now and call["reason"] is None:
        reason = "after" if facts.is_open(call["rule"], call["source"]) else "window_closed"
        return sentence(reason, language, at=begins, timezone=zone)
    if facts.stopped is not None and begins <= facts.now:
        detail, probe_at = facts.stopped
        return sentence("line_stopped", language, detail=detail, at=probe_at, timezone=zone)
    return _sentence(call, language) if call["reason"] else _say("due", language)


def _sentence(item: dict[str, Json], language: str) -> str:
    return str(item["sentence" if language == "vi" else "sentence_en"])


def _say(code: str, language: str, **facts: object) -> str:
    return _WORDS[code][language != "vi"].format(**facts)


_WORDS = {
    "order": (
        "Đơn {order} của cửa hàng {source}, trạng thái {state} (giờ {zone})",
        "Order {order} of {source}, state {state} (times in {zone})",
    ),
    "by_hand": (
        "Cuộc gọi do người đặt, không thuộc đơn nào (giờ {zone})",
        "A call by hand, of no order (times in {zone})",
    ),
    "delivery": (
        "  {at}  nhận tin {id}: {topic} → {ours}{repeats}",
        "  {at}  delivery {id}: {topic} → {ours}{repeats}",
    ),
    "repeats": (", gửi lại {count} lần", ", sent again {count} time(s)"),
    "recovered": (", cửa hàng không gửi, tìm lại được qua API", ", never sent by the shop, found by asking it"),
    "call_line": (
        "  {at}  cuộc gọi #{id} [{rule}] đến {phone}, kịch bản {template}: {state}",
        "  {at}  call #{id} [{rule}] to {phone}, template {template}: {state}",
    ),
    "attempt": ("    {at}  gửi VBot {id}: {outcome}", "    {at}  sent to VBot {id}: {outcome}"),
    "result": ("    kết quả: {result}", "    result: {result}"),
    "write": ("    {at}  {action}{value}: {state}", "    {at}  {action}{value}: {state}"),
    "message": ("    {at}  webhook {webhook}, {event}: {state}", "    {at}  webhook {webhook}, {event}: {state}"),
    "message_pending": ("đang chờ gửi, đã thử {tries} lần.", "waits to be sent, tried {tries} time(s)."),
    "message_taken": ("đã nhận ({detail})", "taken ({detail})"),
    "message_failed": ("không nhận ({detail}), đã thử {tries} lần", "not taken ({detail}), tried {tries} time(s)"),
    "again": (" Thử lại lúc {at}.", " Tried again at {at}."),
    "next": ("Tiếp theo:", "Next:"),
    "call": ("Cuộc gọi #{call}: {next}", "Call #{call}: {next}"),
    "nothing": ("Không còn việc gì: không có cuộc gọi nào đang chờ.", "Nothing more: no call is waiting."),
    "awaited": ("VBot đã nhận, đang chờ kết quả.", "VBot has it; its result is awaited."),
    "ended": ("Đã kết thúc.", "It has ended."),
    "due": ("Sẽ gọi ngay khi đến lượt.", "It is due and will be called in a moment."),
    "calling": ("Đang gọi.", "It is being called now."),
    "undecided": ("Tin {delivery} đã lưu, chưa được xử lý.", "The delivery {delivery} is stored and not yet decided."),
    "failed": (
        "Tin {delivery} không đọc được. Khi đã sửa: python -m bridge replay {delivery}; "
        "nếu không cần nữa: python -m bridge deliveries --ack {delivery} --reason …",
        "The delivery {delivery} cannot be read. Once mended: python -m bridge replay {delivery}; "
        "to close it: python -m bridge deliveries --ack {delivery} --reason …",
    ),
    "person": (
        "Cần một người kiểm tra mã {id} trên VBot, rồi chạy: python -m bridge resolve {call} "
        "--rang (đã đổ chuông), --again (gọi lại) hoặc --leave (để vậy), kèm --reason …",
        "A person must look for {id} in VBot, then run: python -m bridge resolve {call} with --rang, --again "
        "or --leave, and --reason …",
    ),
    "failed_here": (
        "Tin {delivery} không đọc được; khi đã sửa thì cho quyết định lại.",
        "The delivery {delivery} cannot be read; once that is mended, decide it again.",
    ),
    "person_here": (
        "Cần một người kiểm tra mã {id} trên VBot, rồi kết luận bên dưới.",
        "A person must look for {id} in VBot, and settle it below.",
    ),
    "no_worker": (
        "Không có worker nào đang chạy nên sẽ không ai được gọi. Hãy chạy: python -m bridge worker",
        "No worker beats: nobody will be called. Start one: python -m bridge worker",
    ),
}
