"""What the fake VBot knows and answers: its calls, tokens, templates and hotlines."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from bridge.core.model import Json
from bridge.fake_vbot.batches import find_form, read_people
from bridge.fake_vbot.generations import GENERATIONS, Way, Words, say_broken, say_no, say_yes
from bridge.fake_vbot.people import People
from bridge.fake_vbot.records import FILTERS, Records, Telephone, append
from bridge.fake_vbot.requests import (
    CREATE,
    FORM_TYPE,
    IDENTITY,
    INSERT,
    TOKEN_FORMS,
    Refusal,
    Seen,
    Settings,
    check_content_type,
    check_insert,
    read_json,
)

_KEPT_REQUESTS = 10_000
_LARGEST_PAGE = 10


@dataclass(frozen=True, repr=False)
class Reply:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Books:
    """Accepted calls, seen requests, tokens, templates and hotlines, for any number of threads."""

    def __init__(self, settings: Settings, log: Path | None, people: People | None = None) -> None:
        self.settings = settings
        self.records = Records()
        self.telephone = Telephone(people, settings.generation, self.records)
        self.generation = GENERATIONS[settings.generation]
        self._balance = settings.balance
        self._lock = threading.Lock()
        self._log = log
        self._calls: list[dict[str, Json]] = []
        self._requests: deque[dict[str, Json]] = deque(maxlen=_KEPT_REQUESTS)
        self._templates: dict[str, list[dict[str, Json]]] = {}
        self._hotlines: list[str] = []
        self._access: dict[str, float] = {}
        self._refresh: set[str] = set()

    def list_calls(self) -> list[dict[str, Json]]:
        with self._lock:
            return list(self._calls)

    def list_requests(self) -> list[dict[str, Json]]:
        with self._lock:
            return list(self._requests)

    def add_templates(self, templates: Mapping[str, Iterable[Mapping[str, Json]]]) -> None:
        defaults = {"cfname": "", "description": "", "cftype": "text", "isRequired": True}
        read = {
            code: [{"id": number, **defaults, **entry} for number, entry in enumerate(fields, start=1)]
            for code, fields in templates.items()
        }
        with self._lock:
            self._templates |= read

    def add_hotlines(self, codes: Iterable[str]) -> None:
        with self._lock:
            self._hotlines += codes

    def set_balance(self, amount: int) -> None:
        """At zero or below every call is refused, without a word about why."""
        with self._lock:
            self._balance = int(amount)

    def expire_tokens(self) -> None:
        with self._lock:
            self._access.clear()

    def record(self, seen: Seen) -> None:
        told = asdict(seen) | {"headers": dict(seen.headers), "body": seen.body.decode("utf-8", "replace")}
        with self._lock:
            self._requests.append(told)

    def answer(self, way: Way, seen: Seen) -> Reply:
        """VBot's answer; an accepted call is in the books, and on disk, before this returns."""
        try:
            data = _OPERATIONS[way.operation](self, seen)
        except Refusal as refusal:
            if way.operation == "token":
                error = {"error": "invalid_grant", "error_description": refusal.message}
                return _json(refusal.status, error)
            if refusal.is_silent:
                return _json(refusal.status, say_broken(way.words))
            return refuse(refusal.status, refusal.message, way.words)
        return _json(200, data if way.operation == "token" else say_yes(way.words, data))

    def lend_token(self, seen: Seen) -> Json:
        check_content_type(seen, FORM_TYPE)
        pairs = parse_qsl(seen.body.decode("utf-8", "replace"), keep_blank_values=True)
        form = dict(pairs)
        wanted = TOKEN_FORMS.get(form.get("grant_type", ""))
        if wanted is None or form.keys() != wanted or len(pairs) != len(wanted):
            raise Refusal(400, "grant_type, and exactly its fields, are needed")
        with self._lock:
            if "password" in form:
                known = (form["username"], form["password"]) == (self.settings.username, self.settings.password)
            else:
                known = form["refresh_token"] in self._refresh
                self._refresh.discard(form["refresh_token"])
            if not known:
                raise Refusal(400, "The user name or password is incorrect.")
            access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
            self._access[access] = time.monotonic() + self.settings.expires_in
            self._refresh.add(refresh)
        lifetime = self.settings.expires_in
        return {"access_token": access, "token_type": "bearer", "expires_in": lifetime, "refresh_token": refresh}

    def insert(self, seen: Seen) -> Json:
        return self._insert(seen, INSERT)

    def create(self, seen: Seen) -> Json:
        return self._insert(seen, CREATE)

    def insert_list(self, seen: Seen) -> Json:
        return self._insert_list(seen, "insert_list")

    def create_list(self, seen: Seen) -> Json:
        return self._insert_list(seen, "create_list")

    def list_fields(self, seen: Seen) -> Json:
        query = self._read_query(seen, {"template_script_code"})
        with self._lock:
            fields = self._templates.get(query["template_script_code"])
            if fields is None and self._templates:
                raise Refusal(200, "template_script_code is not known")
        return fields or []

    def list_hotlines(self, seen: Seen) -> Json:
        self._read_query(seen, set())
        with self._lock:
            codes = list(self._hotlines)
        return [{"hotline_name": c, "hotline_number": c, "hotline_code": c, "hotline_type": "HOTLINE"} for c in codes]

    def tell_balance(self, seen: Seen) -> Json:
        self._read_query(seen, set())
        with self._lock:
            return self._balance

    def list_templates(self, seen: Seen) -> Json:
        query = self._read_query(seen, {"is_bot", "page", "size"})
        size = min(int(query["size"]), _LARGEST_PAGE)
        first = (int(query["page"]) - 1) * size
        with self._lock:
            codes = list(self._templates)[first : first + size]
        return [{"code": code, "name": code, "scriptType": "CONFIRM", "status": 1} for code in codes]

    def list_branches(self, seen: Seen) -> Json:
        code = self._read_query(seen, {"template_script_code"})["template_script_code"]
        with self._lock:
            if code not in self._templates:
                raise Refusal(200, "template_script_code is not known")
        again = {"name": "Nghe lại", "code": "AGAIN", "NumberKey": "9", "content": "", "subItems": None}
        return [{"name": "Đồng ý", "code": "YES", "NumberKey": "1", "content": "", "subItems": [again]}]

    def list_records(self, seen: Seen) -> Json:
        return self.records.page(self._read_query(seen, {"page", "size"}, FILTERS))

    def count_records(self, seen: Seen) -> Json:
        return self.records.count(self._read_query(seen, set(), FILTERS))

    def _insert(self, seen: Seen, fields: Mapping[str, tuple[type, bool]]) -> Json:
        body = self._read_body(seen, fields)
        check_insert(body)
        self._check_codes(body)
        self._check_datas(body["template_code"], body.get("datas", {}))
        call_id = self._accept(seen, [body])
        return True if self.generation.has_key else {"call_id": call_id, "phone": body["phone"], "status": "pending"}

    def _insert_list(self, seen: Seen, operation: str) -> Json:
        form = find_form(operation, has_key=self.generation.has_key)
        calls = read_people(form, self._read_body(seen, form.fields))
        self._check_codes(calls[0])
        for call in calls:
            self._check_datas(call["template_code"], call.get("datas", {}))
        taken = calls[: seen.most]
        batch_id = self._accept(seen, taken).replace("CALL", "BATCH")
        told = {"batch_id": batch_id, "phone_count": len(taken), "status": "processing"}
        return True if self.generation.has_key else told

    def _read_body(self, seen: Seen, fields: Mapping[str, tuple[type, bool]]) -> dict[str, Json]:
        self._check_token(seen)
        body = read_json(seen, fields if self.generation.has_key else {**IDENTITY, **fields})
        self._check_identity(body)
        return body

    def _read_query(self, seen: Seen, names: set[str], also: Iterable[str] = ()) -> dict[str, str]:
        self._check_token(seen)
        query = dict(parse_qsl(seen.query, keep_blank_values=True))
        names = names if self.generation.has_key else names | IDENTITY.keys()
        if query.keys() - set(also) != names:
            raise Refusal(400, f"the query must hold exactly {', '.join(sorted(names))}")
        self._check_identity(query)
        return query

    def _check_token(self, seen: Seen) -> None:
        if self.generation.has_key:
            if "authorization" in seen.headers or seen.headers.get("x-api-key") != self.settings.token:
                raise Refusal(401, "X-API-Key is not known.")
            return
        if "x-api-key" in seen.headers:
            raise Refusal(401, "X-API-Key is not known to this generation")
        scheme, _, token = seen.headers.get("authorization", "").partition(" ")
        with self._lock:
            alive = self._access.get(token, 0) > time.monotonic()
        if scheme != "Bearer" or not (alive or token == self.settings.token):
            raise Refusal(401, "Authorization has been denied for this request.")

    def _check_identity(self, given: Mapping[str, Json]) -> None:
        if self.generation.has_key:
            return
        if (given["vbot_id"], given["project_code"]) != (self.settings.vbot_id, self.settings.project_code):
            raise Refusal(403, "vbot_id or project_code is not this account's")

    def _check_codes(self, body: Mapping[str, Json]) -> None:
        with self._lock:
            if self._hotlines and body["hotline_code"] not in self._hotlines:
                raise Refusal(200, "hotline_code is not known")
            if self._templates and body["template_code"] not in self._templates:
                raise Refusal(200, "template_code is not known")

    def _check_datas(self, template: str, datas: Mapping[str, Json]) -> None:
        with self._lock:
            fields = self._templates.get(template)
        if fields is None:
            return
        if datas.keys() - {entry["cfkey"] for entry in fields}:
            raise Refusal(200, "datas holds a key that is no custom field")
        if {entry["cfkey"] for entry in fields if entry["isRequired"]} - datas.keys():
            raise Refusal(200, "datas lacks a required custom field")

    def _accept(self, seen: Seen, bodies: list[dict[str, Json]]) -> str:
        with self._lock:
            if self._balance <= 0:
                raise Refusal(200, "the account is empty", is_silent=True)
            first = len(self._calls) + 1
            calls = [
                {"call_id": f"CALL_{number:08d}", "arrived_at": seen.arrived_at, **body}
                for number, body in enumerate(bodies, start=first)
            ]
            if self._log:
                append(self._log, calls)
            self._calls += calls
        self.telephone.ring(calls)
        return f"CALL_{first:08d}"


def refuse(status: int, message: str, words: Words = "status") -> Reply:
    """VBot's own JSON for a refusal."""
    return _json(status, say_no(words, status, message))


def _json(status: int, document: Json) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())


_OPERATIONS: Mapping[str, Callable[[Books, Seen], Json]] = {
    "token": Books.lend_token,
    "insert": Books.insert,
    "create": Books.create,
    "insert_list": Books.insert_list,
    "create_list": Books.create_list,
    "custom_fields": Books.list_fields,
    "hotlines": Books.list_hotlines,
    "balance": Books.tell_balance,
    "templates": Books.list_templates,
    "branches": Books.list_branches,
    "records": Books.list_records,
    "records_count": Books.count_records,
}
