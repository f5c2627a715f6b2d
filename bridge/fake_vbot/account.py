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
from bridge.fake_vbot.generations import GENERATIONS, Route, SuccessField, failure_body, success_body, system_error_body
from bridge.fake_vbot.people import People
from bridge.fake_vbot.records import FILTERS, Records, Telephone, append
from bridge.fake_vbot.requests import (
    CREATE,
    FORM_TYPE,
    IDENTITY,
    INSERT,
    TOKEN_FORMS,
    FakeRequest,
    Refusal,
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


class FakeAccount:
    """Accepted calls, received requests, tokens, templates and hotlines, for any number of threads."""

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
        """At zero or below every call is refused, without a reason."""
        with self._lock:
            self._balance = int(amount)

    def expire_tokens(self) -> None:
        with self._lock:
            self._access.clear()

    def record(self, received: FakeRequest) -> None:
        kept = asdict(received) | {"headers": dict(received.headers), "body": received.body.decode("utf-8", "replace")}
        with self._lock:
            self._requests.append(kept)

    def answer(self, route: Route, received: FakeRequest) -> Reply:
        """VBot's answer; an accepted call is recorded, and on disk, before this returns."""
        try:
            data = _OPERATIONS[route.operation](self, received)
        except Refusal as refusal:
            if route.operation == "token":
                error = {"error": "invalid_grant", "error_description": refusal.message}
                return _json(refusal.status, error)
            if refusal.is_silent:
                return _json(refusal.status, system_error_body(route.success))
            return refuse(refusal.status, refusal.message, route.success)
        return _json(200, data if route.operation == "token" else success_body(route.success, data))

    def issue_token(self, received: FakeRequest) -> Json:
        check_content_type(received, FORM_TYPE)
        pairs = parse_qsl(received.body.decode("utf-8", "replace"), keep_blank_values=True)
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

    def insert(self, received: FakeRequest) -> Json:
        return self._insert(received, INSERT)

    def create(self, received: FakeRequest) -> Json:
        return self._insert(received, CREATE)

    def insert_list(self, received: FakeRequest) -> Json:
        return self._insert_list(received, "insert_list")

    def create_list(self, received: FakeRequest) -> Json:
        return self._insert_list(received, "create_list")

    def list_fields(self, received: FakeRequest) -> Json:
        query = self._read_query(received, {"template_script_code"})
        with self._lock:
            fields = self._templates.get(query["template_script_code"])
            if fields is None and self._templates:
                raise Refusal(200, "template_script_code is not known")
        return fields or []

    def list_hotlines(self, received: FakeRequest) -> Json:
        self._read_query(received, set())
        with self._lock:
            codes = list(self._hotlines)
        return [{"hotline_name": c, "hotline_number": c, "hotline_code": c, "hotline_type": "HOTLINE"} for c in codes]

    def get_balance(self, received: FakeRequest) -> Json:
        self._read_query(received, set())
        with self._lock:
            return self._balance

    def list_templates(self, received: FakeRequest) -> Json:
        query = self._read_query(received, {"is_bot", "page", "size"})
        size = min(int(query["size"]), _LARGEST_PAGE)
        first = (int(query["page"]) - 1) * size
        with self._lock:
            codes = list(self._templates)[first : first + size]
        return [{"code": code, "name": code, "scriptType": "CONFIRM", "status": 1} for code in codes]

    def list_branches(self, received: FakeRequest) -> Json:
        code = self._read_query(received, {"template_script_code"})["template_script_code"]
        with self._lock:
            if code not in self._templates:
                raise Refusal(200, "template_script_code is not known")
        again = {"name": "Nghe lại", "code": "AGAIN", "NumberKey": "9", "content": "", "subItems": None}
        return [{"name": "Đồng ý", "code": "YES", "NumberKey": "1", "content": "", "subItems": [again]}]

    def list_records(self, received: FakeRequest) -> Json:
        return self.records.page(self._read_query(received, {"page", "size"}, FILTERS))

    def list_history(self, received: FakeRequest) -> Json:
        return self.records.history(self._read_query(received, {"phone", "page", "size"}))

    def count_records(self, received: FakeRequest) -> Json:
        return self.records.count(self._read_query(received, set(), FILTERS))

    def _insert(self, received: FakeRequest, fields: Mapping[str, tuple[type, bool]]) -> Json:
        body = self._read_body(received, fields)
        check_insert(body)
        self._check_codes(body)
        self._check_datas(body["template_code"], body.get("datas", {}))
        call_id = self._accept(received, [body])
        return True if self.generation.has_key else {"call_id": call_id, "phone": body["phone"], "status": "pending"}

    def _insert_list(self, received: FakeRequest, operation: str) -> Json:
        form = find_form(operation, has_key=self.generation.has_key)
        calls = read_people(form, self._read_body(received, form.fields))
        self._check_codes(calls[0])
        for call in calls:
            self._check_datas(call["template_code"], call.get("datas", {}))
        taken = calls[: received.most]
        batch_id = self._accept(received, taken).replace("CALL", "BATCH")
        confirmed = {"batch_id": batch_id, "phone_count": len(taken), "status": "processing"}
        return True if self.generation.has_key else confirmed

    def _read_body(self, received: FakeRequest, fields: Mapping[str, tuple[type, bool]]) -> dict[str, Json]:
        self._check_token(received)
        body = read_json(received, fields if self.generation.has_key else {**IDENTITY, **fields})
        self._check_identity(body)
        return body

    def _read_query(self, received: FakeRequest, names: set[str], also: Iterable[str] = ()) -> dict[str, str]:
        self._check_token(received)
        query = dict(parse_qsl(received.query, keep_blank_values=True))
        names = names if self.generation.has_key else names | IDENTITY.keys()
        if query.keys() - set(also) != names:
            raise Refusal(400, f"the query must hold exactly {', '.join(sorted(names))}")
        self._check_identity(query)
        return query

    def _check_token(self, received: FakeRequest) -> None:
        if self.generation.has_key:
            if "authorization" in received.headers or received.headers.get("x-api-key") != self.settings.token:
                raise Refusal(401, "X-API-Key is not known.")
            return
        if "x-api-key" in received.headers:
            raise Refusal(401, "X-API-Key is not known to this generation")
        scheme, _, token = received.headers.get("authorization", "").partition(" ")
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

    def _accept(self, received: FakeRequest, bodies: list[dict[str, Json]]) -> str:
        with self._lock:
            if self._balance <= 0:
                raise Refusal(200, "the account is empty", is_silent=True)
            first = len(self._calls) + 1
            calls = [
                {"call_id": f"CALL_{number:08d}", "arrived_at": received.arrived_at, **body}
                for number, body in enumerate(bodies, start=first)
            ]
            if self._log:
                append(self._log, calls)
            self._calls += calls
        self.telephone.ring(calls)
        return f"CALL_{first:08d}"


def refuse(status: int, message: str, success: SuccessField = "status") -> Reply:
    """VBot's own JSON for a refusal."""
    return _json(status, failure_body(success, status, message))


def _json(status: int, document: Json) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False).encode())


_OPERATIONS: Mapping[str, Callable[[FakeAccount, FakeRequest], Json]] = {
    "token": FakeAccount.issue_token,
    "insert": FakeAccount.insert,
    "create": FakeAccount.create,
    "insert_list": FakeAccount.insert_list,
    "create_list": FakeAccount.create_list,
    "custom_fields": FakeAccount.list_fields,
    "hotlines": FakeAccount.list_hotlines,
    "balance": FakeAccount.get_balance,
    "templates": FakeAccount.list_templates,
    "branches": FakeAccount.list_branches,
    "records": FakeAccount.list_records,
    "records_count": FakeAccount.count_records,
    "history": FakeAccount.list_history,
}
