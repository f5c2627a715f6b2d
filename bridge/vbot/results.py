"""Read a result of VBot's, which it posts after a call: body bytes in, a report out. Pure.

VBot documents no envelope and no signature: the shapes differ by their fields, whose names and
types differ between its generations. Keys are compared without case and `_`, numbers may be text, and
text may hold JSON. `schemas/vbot/results` shows the documented shapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from bridge.core.model import BadPayload, Json

Word = Literal["answered", "no_answer", "busy", "failed"]

_NO_BALANCE, _UNKNOWN_NUMBER, _UNKNOWN_WORD = "no_balance", "unknown_number", "unknown_word"
_CALLEE_REFUSED = "callee_refused"

# VBot's word, its SIP code, and the numbers of its oldest generation.
_WORDS: Mapping[str, tuple[Word, str | None]] = {
    **dict.fromkeys(("ANSWER", "200"), ("answered", None)),
    **dict.fromkeys(("NOANSWER", "480", "2"), ("no_answer", None)),
    **dict.fromkeys(("BUSY", "486", "3"), ("busy", None)),
    **dict.fromkeys(("CANCEL", "CANCELL", "487", "4"), ("failed", None)),
    **dict.fromkeys(("SERVERERROR", "500", "100", "-100", "104"), ("failed", None)),
    **dict.fromkeys(("NOTFOUNDPRICE", "101"), ("failed", _UNKNOWN_NUMBER)),
    **dict.fromkeys(("NOTFOUNDTELCO", "102", "106"), ("failed", _UNKNOWN_NUMBER)),
    # Words of the history list, which the newer ones may hold as well. Of the others there (cancel apart) nobody knows
    # whether a person answered: botivr, someoneanswered, logout, invalidargs.
    **dict.fromkeys(("MISSCALL", "MORE"), ("no_answer", None)),
    **dict.fromkeys(("CONGESTION", "TORTURE", "CHANUNAVAIL"), ("failed", None)),
    **dict.fromkeys(("DONTCALL",), ("failed", _CALLEE_REFUSED)),
    **dict.fromkeys(("NOTMONEY", "402", "103", "105"), ("failed", _NO_BALANCE)),
}
_OLDEST = {"eventdata", "actionlog", "timecall", "campaignid"}
_KEY_NAMES = ("key", "numberkey", "input", "inputlog", "digit")
_NO_KEYS = {"", "-", "null", "none", "nan", "[]", "{}"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_WORD = 60


@dataclass(frozen=True)
class End:
    """How a call ended on the phone.

    said     VBot's own word or number, as it came
    why      no_balance, unknown_number, unknown_word, callee_refused, or None: what else the word means
    keys     the keys pressed, in order; `pressed` without keys: something that cannot be read as keys
    """

    word: Word
    said: str
    why: str | None = None
    keys: str = ""
    pressed: bool = False

    @property
    def rank(self) -> int:
        """How much this tells: of two reports of one attempt the higher one counts, in whatever order they come."""
        if self.word == "answered":
            return 5 if self.keys else 4 if self.pressed else 3
        return 1 if self.why == _UNKNOWN_WORD else 2

    def outdoes(self, other: End) -> bool:
        """Whether this counts though `other` was reported of the same attempt: it tells more, or keys of its own.

        Other keys correct those told before; keys that those begin with are the same call, told while it went on.
        """
        if self.rank == other.rank:
            return bool(self.keys) and not other.keys.startswith(self.keys)
        return self.rank > other.rank

    @property
    def is_no_balance(self) -> bool:
        return self.why == _NO_BALANCE

    @property
    def may_redial(self) -> bool:
        """Not where another call would end alike, the callee refused it, or nobody knows what the word means."""
        return self.why not in (_UNKNOWN_NUMBER, _UNKNOWN_WORD, _CALLEE_REFUSED)


@dataclass(frozen=True, repr=False)
class Report:
    """One body's content. `end` is None where it reports a recording or collected fields only.

    kind     log, recording, extraction; None: nothing that we know
    details  in our words, JSON: said, end, why, keys, pressed, duration and billed (seconds), cost (text),
             answered_at, ended_at (ISO 8601), trans_id, recording_url, transcript, collected; only what was reported
    """

    external_call_id: str | None
    kind: str | None
    end: End | None = None
    ended_at: datetime | None = None
    details: Mapping[str, Json] = field(default_factory=dict)


def read_result(body: bytes) -> Report:
    """Return what this body reports. BadPayload: no JSON object; anything else is read as far as it can be."""
    try:
        document = _unpack(json.loads(body, parse_float=str, parse_constant=lambda _: None))
        if not isinstance(document, Mapping):
            raise BadPayload("", "not a JSON object")
        fields = _flatten(document)
        return _report(fields)
    except (ValueError, RecursionError):
        raise BadPayload("", "not JSON") from None


def end_of(details: Mapping[str, Json]) -> End | None:
    """The end in the stored details of a report."""
    if details.get("end") is None:
        return None
    pressed = details.get("pressed", False)
    return End(details["end"], details["said"], details.get("why"), details.get("keys", ""), pressed)


def name_result(end: End, answers: Mapping[str, str]) -> tuple[str, str | None]:
    """Our word for the result, and the key that made it so; `answers` is the rule's.

    Of several keys the last one that has a word counts: whoever mistypes presses again, and # often closes.
    """
    if end.word != "answered":
        return end.word, None
    if not end.pressed:
        return "no_key", None
    key = next((key for key in reversed(end.keys) if key in answers), end.keys[-1:]) or None
    return answers.get(key or "", "answered"), key


def _report(fields: Mapping[str, Json]) -> Report:
    end = _end(fields)
    collected = fields.get("callcollecteddata")
    recording = _text(fields.get("recordurl"))
    ended_at = _instant(fields.get("endcallat"))
    answered_at = _instant(fields.get("answerat"))
    details = {
        "said": end.said if end else None,
        "end": end.word if end else None,
        "why": end.why if end else None,
        "keys": end.keys if end and end.keys else None,
        "pressed": end.pressed if end else None,
        "duration": _whole(fields.get("duration", fields.get("timecall"))),
        "billed": _whole(fields.get("billsec")),
        "cost": _amount(fields.get("postage")),
        "answered_at": answered_at.isoformat() if answered_at else None,
        "ended_at": ended_at.isoformat() if ended_at else None,
        "trans_id": _text(fields.get("transid")),
        "recording_url": recording,
        "transcript": _text(fields.get("voicetext")),
        "collected": _clean(collected) if collected not in (None, "", [], {}) else None,
    }
    kind = "log" if end else "recording" if recording else "extraction" if "callcollecteddata" in fields else None
    known = {name: value for name, value in details.items() if value is not None}
    return Report(_our_id(fields), kind, end, ended_at, known)


def _end(fields: Mapping[str, Json]) -> End | None:
    # A `status` beside none of these is the envelope's, not the call's.
    status = ("status",) if _OLDEST & fields.keys() else ()
    theirs = next((text for name in ("disposition", *status, "sipcode") if (text := _text(fields.get(name)))), None)
    if theirs is None:
        return None
    plain = re.sub(r"[\s_]", "", theirs).upper()
    if re.fullmatch(r"-?\d+\.0+", plain):
        plain = plain.partition(".")[0]
    word, why = _WORDS.get(plain.removesuffix("ED"), ("failed", _UNKNOWN_WORD))
    keys, pressed = _keys(fields.get("inputlog", fields.get("actionlog")))
    return End(word, theirs[:_MOST_WORD], why, keys, pressed)


def _keys(value: Json) -> tuple[str, bool]:
    """The keys, and whether anything was pressed at all."""
    if isinstance(value, list):
        read = [_keys(part) for part in value]
        return "".join(keys for keys, _ in read), any(pressed for _, pressed in read)
    if isinstance(value, Mapping):
        named = {key.replace("_", "").lower(): part for key, part in value.items()}
        return _keys(next((named[name] for name in _KEY_NAMES if name in named), None))
    text = _text(value) or ""
    if text.lower() in _NO_KEYS:
        return "", False
    if not re.fullmatch(r"[0-9*#\s,;|>\-\"'\[\]]+", text):
        return "", True
    keys = re.sub(r"[^0-9*#]", "", text)
    return keys, bool(keys)


def _our_id(fields: Mapping[str, Json]) -> str | None:
    """Ours are of a-z0-9, at most 32; the batches of the older generations carry them as customerUid."""
    for name in ("externalcallid", "customeruid"):
        value = fields.get(name)
        text = value.strip().lower() if isinstance(value, str) else ""
        if re.fullmatch(r"[a-z0-9]{1,32}", text):
            return text
    return None


def _flatten(document: Mapping[str, Json]) -> dict[str, Json]:
    """All fields of all parts under plain names; a later part does not overwrite an earlier one."""
    fields: dict[str, Json] = {}
    for part in _parts(document):
        for key, value in part.items():
            name = key.replace("_", "").lower()
            if fields.get(name) is None:
                fields[name] = _unpack(value)
    return fields


def _parts(document: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    named = {key.replace("_", "").lower(): _unpack(value) for key, value in document.items()}
    for name in ("autocalllog", "autocallaiextraction", "autocallrecording"):
        if isinstance(part := named.get(name), Mapping):
            yield part
    yield document
    for name in ("eventdata", "metadata"):
        if isinstance(part := named.get(name), Mapping):
            yield {key: value for key, value in part.items() if key.replace("_", "").lower() == "externalcallid"}


def _unpack(value: Json) -> Json:
    """The JSON that a text holds, if it holds an object or a list."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json.loads(value, parse_float=str, parse_constant=lambda _: None)
        except ValueError:
            return value
    return value


def _clean(value: Json) -> Json:
    """What every database can hold: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_clean(part) for part in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return _clean(str(value)).strip() or None


def _number(value: Json) -> Decimal | None:
    try:
        number = Decimal((_text(value) or "").encode("ascii", "replace").decode())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def _whole(value: Json) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None


def _amount(value: Json) -> str | None:
    number = _number(value)
    return None if number is None else f"{round(number, 6).normalize():f}"


def _instant(value: Json) -> datetime | None:
    number = _number(value)
    if number is None or number <= 0:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(number))
    except OverflowError:
        return None
