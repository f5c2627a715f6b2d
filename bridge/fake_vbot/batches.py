"""Many calls with one request, as the fake VBot takes them: what each generation wants of a list. Pure.

Source: VBot's public API documentation, generations 1 to 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.core.model import Json
from bridge.fake_vbot.requests import Refusal, check_fields, check_insert, check_phone

Fields = Mapping[str, tuple[type, bool]]

MOST_PHONES = 5  # phones in one request of generation 3

_OLD = {"hotline_code": (str, True), "template_code": (str, True), "phoneInfos": (list, True)}
_OLD_PERSON: Fields = {"phone": (str, True), "name": (str, True), "customerUid": (str, True)}
_NEW: Fields = {
    "hotline_code": (str, True),
    "template_code": (str, True),
    "phone_infos": (list, True),
    "max_time": (int, False),
    "max_waiting_time": (int, False),
}
_NEW_PERSON: Fields = {
    "phone": (str, True),
    "external_call_id": (str, False),
    "customer_uid": (str, False),
    "name": (str, False),
    "datas": (dict, False),
}


@dataclass(frozen=True)
class Form:
    """What one path takes: the body's fields, the member that lists the people, and what each of them has."""

    fields: Fields
    people: str
    person: Fields
    is_short: bool  # at most MOST_PHONES, and a phone that comes again is dropped without a word


def find_form(operation: str, *, has_key: bool) -> Form:
    if operation == "create_list":
        return Form(_NEW, "phone_infos", _NEW_PERSON, is_short=True)
    if has_key:
        return Form(_OLD, "phoneInfos", {**_OLD_PERSON, "datas": (dict, False)}, is_short=True)
    return Form(_OLD, "phoneInfos", _OLD_PERSON, is_short=False)


def read_people(form: Form, body: dict[str, Json]) -> list[dict[str, Json]]:
    """Each call that the body requests; Refusal where VBot would refuse all of them."""
    people = body.pop(form.people)
    if not people:
        raise Refusal(400, f"{form.people} is empty")
    for person in people:
        check_fields(person, form.person, form.people)
        check_phone(person["phone"])
        check_insert(body | person)
    ids = [person[name] for person in people for name in ("customerUid", "external_call_id") if name in person]
    if len(set(ids)) != len(ids):
        raise Refusal(400, "customerUid must be unique")
    if form.is_short:
        people = list({person["phone"]: person for person in reversed(people)}.values())[::-1]
        if len(people) > MOST_PHONES:
            raise Refusal(403, f"at most {MOST_PHONES} phones")
    return [body | person for person in people]
