"""The schemas of all generations hold what VBot documents, and refuse what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.lib import jsonschema as schema
from bridge.vbot.dialects import DIALECTS

NAMES = [name for name in schema.list_schemas() if name.startswith("vbot/v")]
PERSON = {"phone": "0912345678", "name": "quý khách", "customerUid": "a1"}


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_valid(name: str) -> None:
    examples = schema.schema(name)["examples"]
    assert examples
    assert [schema.problems(example, name) for example in examples] == [[]] * len(examples)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".answer")])
def test_an_answer_may_say_more_than_is_documented(name: str) -> None:
    for example in schema.schema(name)["examples"]:
        assert schema.problems(example | {"trace": 1}, name) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".request")])
def test_a_request_says_no_more_than_is_documented(name: str) -> None:
    for example in schema.schema(name)["examples"]:
        assert schema.problems(example | {"trace": 1}, name)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".request")])
def test_a_request_needs_all_its_required_fields(name: str) -> None:
    document = schema.schema(name)
    for form, example in zip(document.get("oneOf", [document]), document["examples"], strict=False):
        for field in form["required"]:
            without = {key: value for key, value in example.items() if key != field}
            assert schema.problems(without, name)


@pytest.mark.parametrize(
    "people",
    [
        [],
        [{**PERSON, "datas": {}}],
        [{**PERSON, "name": ""}],
        [{**PERSON, "phone": "912345678"}],
        [{"phone": "0912345678"}],
    ],
)
def test_a_wrong_list_of_phones_is_refused(people: list[dict[str, Any]]) -> None:
    name = "vbot/v1/insert_list_phone.request"
    assert schema.problems(schema.schema(name)["examples"][0] | {"phoneInfos": people}, name)


@pytest.mark.parametrize(
    "data",
    [{"batch_id": "B", "phone_count": "2"}, {"batch_id": "B"}, {"phone_count": 2}, {"batch_id": 1, "phone_count": 2}],
)
def test_a_batch_without_its_id_and_count_is_no_yes(data: dict[str, Any]) -> None:
    assert schema.problems({"status": 1, "data": data}, "vbot/v1/insert_list_phone.answer")


@pytest.mark.parametrize(
    "name, document",
    [
        ("custom_fields.answer", {"status": 1, "data": [{"cfname": "x"}]}),
        ("custom_fields.answer", {"status": 1, "data": None}),
        ("custom_fields.answer", {"status": 0, "data": []}),
        ("custom_fields.answer", {"errorCode": 500, "data": []}),
        ("hotlines.answer", {"status": 1, "data": [{"hotline_name": "x"}]}),
        ("hotlines.answer", {"status": 1}),
    ],
)
def test_a_list_that_is_none_is_refused(name: str, document: dict[str, Any]) -> None:
    assert schema.problems(document, f"vbot/v1/{name}")


def test_every_operation_has_its_schemas_in_its_generation() -> None:
    for dialect in DIALECTS.values():
        requested = [dialect.insert, dialect.batch.operation, dialect.login]
        shown = [
            *requested,
            dialect.custom_fields,
            dialect.hotlines,
            dialect.balance,
            dialect.templates,
            dialect.branches,
        ]
        wanted = [f"{operation.schema}.request" for operation in requested if operation]
        wanted += [f"{operation.schema}.answer" for operation in shown if operation]
        assert set(wanted) <= set(NAMES)
        assert {name.split("/")[1] for name in wanted} == {dialect.generation}


@pytest.mark.parametrize("name", ["vbot/v3/insert.request", "vbot/v3/create.request"])
@pytest.mark.parametrize("identity", ["vbot_id", "project_code"])
def test_the_key_alone_says_who_asks_in_v3(name: str, identity: str) -> None:
    assert schema.problems(schema.schema(name)["examples"][0] | {identity: "x"}, name)


def test_the_new_path_also_takes_a_name_and_an_id_of_the_person() -> None:
    more = {"name": "Nguyễn Văn Thử", "customer_uid": "a1"}
    for name, right in (("vbot/v3/create.request", True), ("vbot/v3/insert.request", False)):
        assert (schema.problems(schema.schema(name)["examples"][0] | more, name) == []) is right


@pytest.mark.parametrize(
    ("name", "member"),
    [("vbot/v3/create_list_phone.request", "phone_infos"), ("vbot/v3/insert_list_phone.request", "phoneInfos")],
)
def test_the_third_generation_takes_at_most_five_phones_each_with_its_own_words(name: str, member: str) -> None:
    example = schema.schema(name)["examples"][0]
    person = example[member][0]
    assert "datas" in person
    assert schema.problems(example | {member: [person] * 5}, name) == []
    assert schema.problems(example | {member: [person] * 6}, name)
    assert schema.problems(example | {member: [person | {"datas": {"a": {"b": 1}}}]}, name)


@pytest.mark.parametrize("generation", ["v2", "v3"])
def test_a_newer_answer_to_many_calls_may_tell_no_count(generation: str) -> None:
    name = f"vbot/{generation}/insert_list_phone.answer"
    assert schema.problems({"error": 0, "data": True}, name) == []
    assert schema.problems({"error": 0, "data": {"phone_count": 2}}, name) == []
    assert schema.problems({"error": 0, "data": {"phone_count": "2"}}, name)
    assert schema.problems({"data": True}, name)
