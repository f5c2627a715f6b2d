"""VBot's generations as data: the path of each operation, the account's identity, how success is reported. Pure.

Source: VBot's public API documentation, generations 1 to 3. What an answer means is the table in `bridge.vbot.answers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.core.model import Json
from bridge.vbot import Account, CallRequest

# A field of VBot's answer and the value in it that means success.
STATUS = ("status", 1)
ERROR = ("error", 0)
ERROR_CODE = ("errorCode", 0)


@dataclass(frozen=True)
class Operation:
    """One thing that VBot does.

    path     below the account's URL
    schema   the name below schemas/, without `.request` or `.answer`
    success  the field and value of a success
    """

    path: str
    schema: str
    success: tuple[str, int]


@dataclass(frozen=True)
class BatchForm:
    """How many calls are placed with one request.

    people  the member of the body that lists them
    person  our names of the fields of one of them, and VBot's
    shared  our names of the fields that they have in common, and VBot's
    most    phones in one request; VBot drops none of so many
    """

    operation: Operation
    people: str
    person: Mapping[str, str]
    shared: Mapping[str, str]
    most: int | None = None


@dataclass(frozen=True)
class Dialect:
    """What one generation offers, and how. What it does not offer is None.

    header        the one that carries the token, and what stands before the token in it
    has_identity  whether each body and query names the account and the project
    fields        our names of a CallRequest, and VBot's
    """

    generation: str
    header: tuple[str, str]
    has_identity: bool
    login: Operation | None
    insert: Operation
    batch: BatchForm
    custom_fields: Operation
    hotlines: Operation
    balance: Operation | None
    templates: Operation | None
    branches: Operation | None
    records: Operation | None
    records_count: Operation | None
    history: Operation | None
    fields: Mapping[str, str]


_FIELDS = {
    "phone": "phone",
    "hotline": "hotline_code",
    "template": "template_code",
    "max_time": "max_time",
    "max_waiting_time": "max_waiting_time",
    "external_call_id": "external_call_id",
    "datas": "datas",
}
_HISTORY_PATH = "/api/crm/historycall/getAll"
_LIST_PATH = "/api/campaignCall/callConfirm/insertListPhone"
# Only `customerUid` can carry an id of ours on this path.
_PERSON = {"phone": "phone", "name": "name", "external_call_id": "customerUid"}
_SHARED = {"hotline": "hotline_code", "template": "template_code"}
_LIMITS = {"max_time": "max_time", "max_waiting_time": "max_waiting_time"}
_BATCH_V1 = BatchForm(Operation(_LIST_PATH, "vbot/v1/insert_list_phone", STATUS), "phoneInfos", _PERSON, _SHARED)
_BATCH_V3_OLD = BatchForm(
    Operation(_LIST_PATH, "vbot/v3/insert_list_phone", ERROR), "phoneInfos", _PERSON | {"datas": "datas"}, _SHARED, 5
)
_BATCH_V3 = BatchForm(
    Operation("/m-auto-call/api/call/create-list-phone", "vbot/v3/create_list_phone", ERROR_CODE),
    "phone_infos",
    {name: name for name in ("phone", "name", "external_call_id", "customer_uid", "datas")},
    _SHARED | _LIMITS,
    5,
)
_NAMELESS = "quý khách"
_V1 = Dialect(
    generation="v1",
    header=("Authorization", "Bearer "),
    has_identity=True,
    login=Operation("/token", "vbot/v1/token", STATUS),
    insert=Operation("/api/campaignCall/callConfirm/insert", "vbot/v1/insert", STATUS),
    batch=_BATCH_V1,
    custom_fields=Operation("/api/campaignCall/callConfirm/getCustomFieldInScript", "vbot/v1/custom_fields", STATUS),
    hotlines=Operation("/api/hotline/getAll", "vbot/v1/hotlines", STATUS),
    balance=None,
    templates=None,
    branches=None,
    records=None,
    records_count=None,
    history=Operation(_HISTORY_PATH, "vbot/v1/history", STATUS),
    fields=_FIELDS,
)
_V2 = replace(
    _V1,
    generation="v2",
    login=Operation("/token", "vbot/v2/token", ERROR),
    insert=Operation(_V1.insert.path, "vbot/v2/insert", ERROR),
    batch=replace(_BATCH_V1, operation=Operation(_LIST_PATH, "vbot/v2/insert_list_phone", ERROR)),
    custom_fields=Operation(_V1.custom_fields.path, "vbot/v2/custom_fields", ERROR),
    hotlines=Operation(_V1.hotlines.path, "vbot/v2/hotlines", ERROR),
    templates=Operation("/api/campaignCall/templateScript/getAll", "vbot/v2/templates", ERROR),
    history=Operation(_HISTORY_PATH, "vbot/v2/history", ERROR),
)
_V3_OLD = Dialect(
    generation="v3",
    header=("X-API-Key", ""),
    has_identity=False,
    login=None,
    insert=Operation(_V1.insert.path, "vbot/v3/insert", ERROR),
    batch=_BATCH_V3_OLD,
    custom_fields=Operation(_V1.custom_fields.path, "vbot/v3/custom_fields", ERROR),
    hotlines=Operation(_V1.hotlines.path, "vbot/v3/hotlines", ERROR),
    balance=Operation("/api/account/balance", "vbot/v3/balance", ERROR),
    templates=Operation("/m-auto-call/api/template-script/get-all", "vbot/v3/templates", ERROR_CODE),
    branches=Operation("/m-auto-call/api/template-script-sub/get-all", "vbot/v3/branches", ERROR_CODE),
    records=Operation("/m-auto-call/api/cdr/get-all", "vbot/v3/records", ERROR_CODE),
    records_count=Operation("/m-auto-call/api/cdr/count", "vbot/v3/records_count", ERROR_CODE),
    history=None,
    fields=_FIELDS,
)
_V3 = replace(_V3_OLD, insert=Operation("/m-auto-call/api/call/create", "vbot/v3/create", ERROR_CODE), batch=_BATCH_V3)

# By the account's `generation` and, for v3, its `v3_paths`.
DIALECTS: Mapping[str, Dialect] = {"v1": _V1, "v2": _V2, "v3": _V3, "v3 old": _V3_OLD}


def find_dialect(account: Account) -> Dialect:
    """The dialect of this account. KeyError for a generation that is none."""
    is_old = account.generation == "v3" and account.v3_paths == "old"
    return DIALECTS["v3 old" if is_old else account.generation]


def insert_body(dialect: Dialect, account: Account, request: CallRequest) -> dict[str, Json]:
    """The JSON document that requests one call, not yet checked against its schema."""
    body: dict[str, Json] = identity(dialect, account)
    for name, field in dialect.fields.items():
        value = getattr(request, name)
        body[field] = dict(value) if isinstance(value, Mapping) else value
    return body


def list_body(dialect: Dialect, account: Account, requests: Sequence[CallRequest]) -> dict[str, Json]:
    """The JSON document that requests all of these calls, which have hotline, template and limits in common.

    A person without a name is addressed as VBot's scripts do: `_NAMELESS` where a name must be.
    """
    batch = dialect.batch
    body: dict[str, Json] = identity(dialect, account)
    body |= {field: getattr(requests[0], name) for name, field in batch.shared.items()}
    return body | {batch.people: [_person(batch, request) for request in requests]}


def is_carried(dialect: Dialect, request: CallRequest) -> bool:
    """Whether a batch can carry all that this call needs."""
    batch = dialect.batch
    plain = CallRequest("", "", "", "")
    carried = {**batch.person, **batch.shared}
    return all(name in carried or getattr(request, name) == getattr(plain, name) for name in ("datas", *_LIMITS))


def _person(batch: BatchForm, request: CallRequest) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for name, field in batch.person.items():
        value = getattr(request, name)
        fields[field] = dict(value) if isinstance(value, Mapping) else value
    if "customerUid" in fields:
        fields["name"] = fields["name"] or _NAMELESS
    return {field: value for field, value in fields.items() if value not in ("", {})}


def identity(dialect: Dialect, account: Account) -> dict[str, Json]:
    """The fields that name the account, in a body or a query."""
    return {"vbot_id": account.vbot_id, "project_code": account.project_code} if dialect.has_identity else {}


def auth_headers(dialect: Dialect, token: str) -> dict[str, str]:
    name, prefix = dialect.header
    return {name: f"{prefix}{token}"}
