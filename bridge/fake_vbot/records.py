"""What the fake VBot knows of calls that ended: its records, and the thread in which its calls come to their end."""

from __future__ import annotations

import heapq
import http.client
import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from bridge.core.model import Json
from bridge.fake_vbot.people import Ending, People, choose_ending, result_bodies, write_record
from bridge.fake_vbot.requests import Refusal

FILTERS = {"key_search", "disposition_search", "template_script_code", "hotline", "start_date", "end_date"}
LARGEST_PAGE = 10
WORDS = frozenset(
    {"misscall", "answer", "busy", "noanswer", "cancel", "congestion", "chanunavail", "dontcall", "torture"}
    | {"invalidargs", "someoneanswered", "logout", "botivr", "more"}
)
_ZONE = timezone(timedelta(hours=7))
_SEARCHED = ("phone", "customerUid", "name")
_POST_SECONDS = 15


class Records:
    """The records of ended calls, for any number of threads. A call that still rings has none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[dict[str, Json]] = []

    def add(self, record: dict[str, Json]) -> None:
        with self._lock:
            self._records.append(record)

    def all(self) -> list[dict[str, Json]]:
        with self._lock:
            return list(self._records)

    def page(self, query: Mapping[str, str]) -> list[dict[str, Json]]:
        """Newest first. However large a page is requested, it has its most."""
        number, size = _whole(query, "page"), min(_whole(query, "size"), LARGEST_PAGE)
        if number < 1 or size < 1:
            raise Refusal(200, "page and size begin with 1")
        return self._find(query)[(number - 1) * size : number * size]

    def count(self, query: Mapping[str, str]) -> int:
        return len(self._find(query))

    def history(self, query: Mapping[str, str]) -> list[dict[str, Json]]:
        """As the older generations list the calls of one number: newest first, without an id, the date as in the US."""
        number, size = _whole(query, "page"), min(_whole(query, "size"), LARGEST_PAGE)
        if number < 1 or size < 1:
            raise Refusal(200, "page and size begin with 1")
        found = [record for record in self.all() if query["phone"] in (record["phone"], "")]
        found.sort(key=lambda record: int(record["createAt"]), reverse=True)
        return [_row(record) for record in found[(number - 1) * size : number * size]]

    def _find(self, query: Mapping[str, str]) -> list[dict[str, Json]]:
        found = [record for record in self.all() if _fits(record, query)]
        return sorted(found, key=lambda record: int(record["createAt"]), reverse=True)


def _fits(record: Mapping[str, Json], query: Mapping[str, str]) -> bool:
    searched = query.get("key_search", "")
    same = {"disposition_search": "disposition", "template_script_code": "templateScriptCode", "hotline": "hotlineCode"}
    return (
        any(searched in str(record[name] or "") for name in _SEARCHED)
        and all(query.get(parameter, record[name]) == record[name] for parameter, name in same.items())
        and _whole(query, "start_date", 0) <= record["createAt"] <= _whole(query, "end_date", 10**15)
    )


def _row(record: Mapping[str, Json]) -> dict[str, Json]:
    at = datetime.fromtimestamp(record["createAt"] / 1000, _ZONE).strftime("%m/%d/%Y %H:%M:%S")
    plain = {"vbot_id": "", "date_create": at, "postage": record["postage"], "source": "autocall", "member_no": ""}
    talked = {"time_call": record["duration"], "duration_call": record["billsec"]}
    word = str(record["disposition"]).replace("_", "").lower()
    callee = {"phone": record["phone"], "disposition": word if word in WORDS else "congestion", **talked, **plain}
    caller = {"phone": record["hotlineCode"], "disposition": "answer", **talked, **plain}
    return {"hotline_number": record["hotlineCode"], "date_create": at, "caller": [caller], "callee": [callee]}


def _whole(query: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = query.get(name) or str(default)
    if not text.isdecimal():
        raise Refusal(200, f"{name} must be a whole number")
    return int(text)


def append(log: Path, calls: Iterable[Mapping[str, Json]]) -> None:
    """Each call as a line, on disk before this returns."""
    lines = "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in calls)
    with log.open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


class Telephone:
    """Rings each accepted call, lets it end in time, writes its record, and then posts its results.

    people   None: no call ends by itself
    """

    def __init__(self, people: People | None, generation: str, records: Records) -> None:
        self._people = people
        self._generation = generation
        self._records = records
        self._changed = threading.Condition()
        self._rings: Counter[str] = Counter()
        self._talking: list[tuple[float, int, dict[str, Json], Ending]] = []
        self._numbers = itertools.count()
        self._running: threading.Event | None = None

    def ring(self, calls: Iterable[dict[str, Json]]) -> None:
        if self._people is None:
            return
        with self._changed:
            for call in calls:
                self._rings[call["phone"]] += 1
                ending = choose_ending(self._people, call["phone"], self._rings[call["phone"]])
                entry = (call["arrived_at"] + ending.seconds, next(self._numbers), call, ending)
                heapq.heappush(self._talking, entry)
            self._changed.notify()

    def start(self) -> None:
        if self._people is not None:
            self._running = threading.Event()
            threading.Thread(target=self._run, args=(self._people, self._running), name="phones", daemon=True).start()

    def stop(self) -> None:
        if self._running is not None:
            self._running.set()
            with self._changed:
                self._changed.notify()

    def _run(self, people: People, stopped: threading.Event) -> None:
        while not stopped.is_set():
            ended = self._wait()
            if ended is None:
                continue
            ended_at, _, call, ending = ended
            record = write_record(call, ending, call["arrived_at"], ended_at)
            self._records.add(record)
            for body in result_bodies(self._generation, record, people.seed) if people.results_to else ():
                _post(people, body)

    def _wait(self) -> tuple[float, int, dict[str, Json], Ending] | None:
        """The next call that has ended; None after a change, or a while."""
        with self._changed:
            rest = self._talking[0][0] - time.time() if self._talking else 60
            if rest > 0:
                self._changed.wait(rest)
                return None
            return heapq.heappop(self._talking)


def _post(people: People, body: bytes) -> None:
    """Once: VBot promises no second try."""
    url = urlsplit(people.results_to or "")
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_POST_SECONDS)
    headers = {"Content-Type": "application/json", "Connection": "close"}
    if people.authorization:
        headers["Authorization"] = people.authorization
    try:
        connection.request("POST", url.path or "/", body, headers)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()
