"""The faults of the fake VBot: which are switched on, and which one the next request meets."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.core.model import Json

# Name -> whether the call is accepted (and rings) although the answer is spoilt. `"accepted"` of a fault overrides it.
KINDS: Mapping[str, bool] = {
    "delay": True,  # the right answer, `seconds` later
    "hang": True,  # no answer until the client goes, or for `seconds`
    "reset_before": False,  # a TCP reset instead of an answer
    "reset_after": True,
    "close": True,  # the connection ends without one byte of answer
    "rate_limited": False,  # 429 with Retry-After `retry_after`
    "system_error": False,  # 500 with VBot's own JSON
    "bad_gateway": True,  # 502 with HTML
    "unavailable": False,  # 503 with HTML
    "expired_token": False,  # 401
    "refuse": False,  # 200, a no in the generation's success, and `message`
    "cut": True,  # half of the answer's JSON, then the connection ends
    "cut_json": True,  # half of the JSON, in a whole HTTP answer
    "trickle": True,  # the right answer, one byte each `seconds`
    "huge": True,  # the right answer with 10 MB of blanks
    "redirect": False,  # 302 to the same address
    "utf16": True,  # the right answer in UTF-16
    "gzip": True,  # the right answer, compressed though nobody wanted that
    "html": True,  # 200 with HTML
    "not_found": False,  # 404 with HTML
    "not_allowed": False,  # 200, VBot's code 803
    "too_many": False,  # 403, VBot's code 403: no key may do this, or a list has too many phones
    "fewer": True,  # the right answer to a list of which only the first `phones` were accepted
}

_CHAOS = ("delay", "reset_before", "reset_after", "rate_limited", "bad_gateway", "cut", "system_error", "unavailable")


@dataclass(frozen=True)
class Fault:
    """One fault. `times` None: until it is ended.

    `phones`: of a list only so many are accepted, and ring, whatever the answer becomes
    `on`: token, insert (on any path), insert_list (on any path), custom_fields, hotlines, balance, templates,
        branches, records, records_count, or any
    """

    name: str
    accepted: bool
    on: str = "insert"
    times: int | None = None
    seconds: float = 0.05
    retry_after: int | str = 1
    message: str = "Tài khoản không đủ số dư"
    phones: int | None = None

    @classmethod
    def read(cls, document: Json) -> Fault:
        """From `{"fault": NAME, …}`; ValueError names what is wrong."""
        options = dict(document) if isinstance(document, dict) else {}
        name = options.pop("fault", None)
        if name not in KINDS:
            raise ValueError(f"fault must be one of: {', '.join(KINDS)}")
        unknown = options.keys() - {"accepted", "on", "times", "seconds", "retry_after", "message", "phones"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        if options.get("times") is not None and not (type(options["times"]) is int and options["times"] > 0):
            raise ValueError("times must be a whole number of 1 or more, or null")
        if name == "hang":
            options.setdefault("seconds", 60)
        return cls(**{"name": name, "accepted": KINDS[name], **options})

    @classmethod
    def read_all(cls, document: Json) -> list[Fault]:
        """From one document or a list of them: all, or ValueError and none."""
        return [cls.read(entry) for entry in (document if isinstance(document, list) else [document])]


class Faults:
    """What is switched on, for any number of threads. Each fault is met in the order in which it was added."""

    def __init__(self, chaos: str | None = None) -> None:
        self._lock = threading.Lock()
        self._on: list[Fault] = []
        self._chaos = chaos
        self._count = 0

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._on += faults

    def clear(self) -> None:
        with self._lock:
            self._on.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for index, fault in enumerate(self._on):
                if fault.on not in (operation, "any"):
                    continue
                if fault.times is not None:
                    left = replace(fault, times=fault.times - 1)
                    self._on[index : index + 1] = [left] if left.times else []
                return fault
            return self._roll() if operation == "insert" else None

    def _roll(self) -> Fault | None:
        """Three requests of ten meet a fault; the same seed gives the same row of them."""
        if self._chaos is None:
            return None
        self._count += 1
        dice = int.from_bytes(hashlib.sha256(f"{self._chaos}:{self._count}".encode()).digest()[:4])
        return Fault.read({"fault": _CHAOS[dice // 10 % len(_CHAOS)]}) if dice % 10 < 3 else None
