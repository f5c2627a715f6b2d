"""Calls without a rule, requested by a person or a program: the same ledger and the same checks as a rule's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bridge.core.model import DEFAULT_ZONE, MANUAL, BadRule, Call, Json, NewCall
from bridge.core.phone import read_phone
from bridge.core.reasons import sentence
from bridge.core.schedule import promise
from bridge.monitor.templates import Fields, ask_fields
from bridge.place.call_context import holidays_for
from bridge.rules.custom_fields import check_datas
from bridge.rules.rule import Rule, parse_rule
from bridge.store import Connection, Store
from bridge.store.calls import create_call, find_by_key
from bridge.store.configuration.catalog import Catalog
from bridge.store.configuration.templates import learn_template, read_templates
from bridge.store.people.dnc import is_listed
from bridge.vbot.client import Client

FIELDS_SECONDS = 5  # that VBot is given to list a template's custom fields
COUNTRY = "VN"  # whose numbers need no country code
ALL_DAY = {"from": "00:00", "to": "24:00"}


class Refused(Exception):
    """No call is made. `at`: which part of the wish, as a path; `reason`: a code, where there is one.

    `problem`, and `vietnamese`, says why.
    """

    def __init__(
        self, at: tuple[str, ...], problem: str, reason: str | None = None, vietnamese: str | None = None
    ) -> None:
        super().__init__(problem)
        self.at = at
        self.problem = problem
        self.reason = reason
        self.vietnamese = vietnamese or problem


def manual_rule(template: str, hotline: str | None, window: Json, within: str = "24h", size: int = 1) -> Rule:
    """What such a call is bound by; `size`: of a batch. Errors: BadRule.

    window   as in rules, or a text: "always", "08:00-20:00"
    """
    document: dict[str, Json] = {"rule": MANUAL, "on": [], "template": template, "cooldown": "10m", "within": within}
    document["window"] = _hours(window) if isinstance(window, str) else window
    if hotline:
        document["hotline"] = hotline
    if size > 1:
        document["batch"] = {"size": size, "wait": "0"}
    return parse_rule(document)


def _hours(text: str) -> Json:
    if text == "always":
        return ALL_DAY
    opens, dash, closes = text.partition("-")
    if not dash:
        raise BadRule("window", "write always, or hours such as 08:00-20:00")
    return {"from": opens.strip(), "to": closes.strip()}


def dialable(text: str) -> str:
    """Return the first number in this text that can be dialled. Errors: Refused."""
    phone = read_phone(text, COUNTRY)
    if phone.number is None:
        reason = phone.reason or "phone_missing"
        raise Refused(("phone",), sentence(reason, "en"), reason, sentence(reason, "vi"))
    return phone.number


def known_fields(
    store: Store, client: Client, template: str, now: datetime, deadline: float, *, keep: bool = True
) -> Fields:
    """The template's custom fields as VBot lists them now, else as it listed them last. `keep`: store them.

    Errors   Refused: VBot does not know the template
    """
    with store.read() as conn:
        found = ask_fields(client, template, read_templates(conn), now, deadline)
    if found.error is not None and found.error.code == "vbot_refused":
        problem = f"VBot does not know the template {template}: {found.error.message}"
        raise Refused(("template",), problem, "vbot_refused")
    if keep and found.received is not None:
        with store.write() as conn:
            learn_template(conn, template, found.received, now)
    return found


def check_fields(
    store: Store, client: Client, template: str, datas: Mapping[str, Json], now: datetime, deadline: float
) -> tuple[Mapping[str, Json], Fields]:
    """`datas` as the template takes them, and what they were held against. Errors: Refused."""
    found = known_fields(store, client, template, now, deadline)
    try:
        return check_datas(datas, found.fields), found
    except BadRule as error:
        raise Refused(("datas", error.where.removeprefix("datas.")), error.problem) from None


def make_call(
    conn: Connection,
    catalog: Catalog,
    rule: Rule,
    wish: Mapping[str, Json],
    at: datetime,
    once_key: str,
) -> int:
    """Create a waiting call; return its id, or that of the call which this key already has. Errors: Refused.

    Shapes   wish: phone (dialable), hotline, datas (checked)
    """
    if is_listed(conn, wish["phone"]):
        raise Refused(("phone",), sentence("do_not_call", "en"), "do_not_call", sentence("do_not_call", "vi"))
    holidays = holidays_for(catalog, rule)
    not_before, not_after = promise(at, at, at, rule.after, rule.within, rule.windows, DEFAULT_ZONE, holidays)
    if not_before > not_after:
        english, vietnamese = (sentence("no_window", language, not_after=not_after) for language in ("en", "vi"))
        raise Refused(("window",), english, "no_window", vietnamese)
    new = manual_call(rule, once_key, wish["phone"], wish["hotline"], wish["datas"], (not_before, not_after), at)
    call_id = create_call(conn, new, at)
    if call_id is not None:
        return call_id
    call = find_by_key(conn, MANUAL, once_key)
    if call is None or not _same(call, new):
        raise Refused(
            ("key",),
            "the key is that of a call with other words or another number; choose another --key",
            vietnamese="khóa này là của một cuộc gọi có nội dung hoặc số khác; hãy chọn --key khác",
        )
    return int(call.id)


def manual_call(
    rule: Rule,
    once_key: str,
    phone: str,
    hotline: str,
    datas: Mapping[str, Json],
    span: tuple[datetime, datetime],
    at: datetime,
    **more: Json,
) -> NewCall:
    """A call without a rule, bound by `manual_rule`. `span`: when it may start; `more`: kept with its request."""
    is_early = span[0] > at
    return NewCall(
        rule=MANUAL,
        once_key=once_key,
        phone=phone,
        template=rule.template,
        hotline=hotline,
        datas=datas,
        not_before=span[0],
        not_after=span[1],
        manual={**rule.document, "hotline": hotline, **more},
        reason="window_closed" if is_early else None,
        facts={"at": span[0].isoformat()} if is_early else {},
    )


def _same(call: Call, wanted: NewCall) -> bool:
    texts = [{name: str(value) for name, value in datas.items()} for datas in (call.datas, wanted.datas)]
    same = (call.phone, call.template, call.manual) == (wanted.phone, wanted.template, wanted.manual)
    return same and texts[0] == texts[1]
