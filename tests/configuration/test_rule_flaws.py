"""What `check` says of paths, kinds and numbers, against the sample orders of a rule's sources."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import find_rule_flaws
from bridge.core.model import BadRule, Json
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule

NAMES = [platform.name for platform in list_platforms()]


def found(rule: dict[str, Any], *sources: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(path, message, warning) of each flaw of one rule; its sources are Shopify's unless others are given."""
    shops = list(sources) or [{"id": "lan", "platform": "shopify"}]
    text = yaml.safe_dump(
        {"sources": shops, "rules": [{"rule": "r", "template": "T", "on": ["order.created"], **rule}]}
    )
    configuration, findings = read_files([("a.yaml", text)], parse_rule, NAMES)
    assert findings == []
    return [(flaw.path, flaw.message, flaw.warning) for flaw in find_rule_flaws(configuration)]


def only(rule: dict[str, Any], *sources: dict[str, Any]) -> tuple[str, str, bool]:
    (flaw,) = found(rule, *sources)
    return flaw


def said(text: str, *sources: dict[str, Any]) -> tuple[str, bool]:
    return only({"datas": {"a": text}}, *sources)[1:]


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("order.totl", "order.total"),
        ("order.total_price", "order.total"),
        ("order.paid", "order.payment.paid"),
        ("order.cod", "order.payment.cod"),
        ("order.payment.codd", "order.payment.cod"),
        ("order.name", "order.number"),
        ("order.customer.name", "customer.name"),
        ("order.shipping_address.phone", "shipping.phone"),
        ("order.shipping_address.zip", "shipping.postcode"),
        ("order.line_items", "items"),
        ("shipping.full_name", "shipping.name"),
        ("customer.mobile", "customer.phone"),
        ("source.timezon", "source.timezone"),
        ("event.topik", "event.topic"),
    ],
)
@pytest.mark.parametrize("place", ["when", "to", "from", "text", "loop", "once_per"])
def test_a_path_that_no_order_has_is_an_error_with_the_one_that_is_meant(path: str, meant: str, place: str) -> None:
    rule: dict[str, Any] = {
        "when": {"when": f"not {path}"},
        "to": {"to": ["order.phone", path]},
        "from": {"datas": {"a": {"from": [path, "order.number"]}}},
        "text": {"datas": {"a": f"x {{{{ {path} }}}}"}},
        "loop": {"datas": {"a": f"{{% for i in items %}}{{% if {path} %}}x{{% endif %}}{{% endfor %}}"}},
        "once_per": {"once_per": f"{{{{ {path} }}}}-x"},
    }[place]
    where, message, warning = only(rule)
    assert (message.startswith("there is no "), warning) == (True, False)
    assert message.endswith(f"did you mean {meant}?")
    assert where.startswith({"from": "rules[0].datas.a.from[0]", "to": "rules[0].to[1]"}.get(place, "rules[0]."))


@pytest.mark.parametrize(
    ("platform", "path", "meant"),
    [
        ("pancake", "order.cod", "order.outstanding"),
        ("pancake", "order.bill_phone_number", "order.phone"),
        ("kiotviet", "order.usingCod", "order.payment.cod"),
        ("woocommerce", "order.date_paid", "order.payment.paid"),
    ],
)
def test_a_platforms_own_name_for_a_field_finds_ours(platform: str, path: str, meant: str) -> None:
    message, _ = said(f"{{{{ {path} }}}}", {"id": "s", "platform": platform})
    assert message.endswith(f"did you mean {meant}?")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{% for i in items %}{{ i.titel }}{% endfor %}", "did you mean title?"),
        (
            "{% for i in items %}{{ i.quantity }}{% endfor %}{% for j in items %}{{ j.nam }}{% endfor %}",
            "there is no j.nam",
        ),
        ("{{ items | map: 'titel' | join: ', ' }}", "no item of items has titel; did you mean title?"),
        ("{{ items | where: 'skus', 'AL' | size }}", "no item of items has skus; did you mean sku?"),
        ("{{ items | where: 'sku', 'AL' | sum: 'title' }}", "needs numbers, and the field is a text"),
        ("{% assign p = order.payment %}{{ p.codd }}", "there is no p.codd; did you mean cod?"),
        ("{{ items[0].titel }}", "there is no items.titel; did you mean items.title?"),
        ("{{ items.first.titel }}", "there is no items.first.titel"),
        ("{{ order.number.x }}", "order.number is a text and has no fields"),
        ("{{ order }}", "order is a group of fields and cannot be said; name one of id, number"),
        ("{{ items }}", "items is a list of groups and cannot be said; name one of title"),
        ("{{ order.number | vnd }}", "the filter vnd needs a number, and what comes before it is a text"),
        ("{{ raw.total_price | vnd }}", "write raw.total_price | number | vnd"),
        ("{% if order.total >= 500.000 %}x{% endif %}", "write 500000: a point stands before decimals"),
        ("{{ order.total | at_least: 1.250 }}", "write 1250"),
        ("{% case order.payment.cod %}{% when 'yes' %}x{% endcase %}", "write order.payment.cod alone"),
        ("{% if items[0].quantity == '2' %}x{% endif %}", "write 2 without quotes"),
        ("{% for i in order.total %}x{% endfor %}", "order.total is a number, and a loop wants a list"),
    ],
)
def test_within_a_text_every_step_is_followed(text: str, problem: str) -> None:
    message, warning = said(text)
    assert (problem in message, warning) == (True, False), message


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("order.total >= 500.000", "write 500000"),
        ('order.total > "100000"', "write 100000 without quotes"),
        ("order.number == 1053", "write '1053' in quotes"),
        ('order.payment.cod == "true"', "write order.payment.cod alone, or not order.payment.cod"),
        ('order.tags == "vip"', "write order.tags contains 'vip'"),
        ("order.total == true", "never holds between them"),
        ("order.total contains 5", "contains looks into a text or a list"),
        ('order.state == "cancled"', "order.state is never 'cancled'; did you mean cancelled?"),
        ("order.payment.cod > false", "compares numbers or texts"),
        ("raw.total_price >= 100000", "raw holds such amounts as text, order.total is a number"),
    ],
)
def test_a_comparison_that_never_holds_is_an_error(when: str, problem: str) -> None:
    where, message, warning = only({"when": when})
    assert (where, problem in message, warning) == ("rules[0].when", True, False), message


@pytest.mark.parametrize("when", ["order.total >= 1,000,000", "order.total >= 1.250.000"])
def test_a_number_with_separators_is_refused_by_what_to_write(when: str) -> None:
    text = yaml.safe_dump({"rules": [{"rule": "r", "template": "T", "on": ["order.created"], "when": when}]})
    (finding,) = read_files([("a.yaml", text)], parse_rule, NAMES)[1]
    digits = "".join(filter(str.isdigit, when))
    assert finding.message == f"write {digits}: a number has no separators between thousands"


def test_what_the_schema_knows_and_no_sample_fills_is_a_warning() -> None:
    message, warning = said("{{ shipping.ward }}")
    assert (message, warning) == ("shipping.ward is blank in the sample orders of shopify", True)
    assert found({"datas": {"a": "{{ shipping.ward }}"}}, {"id": "p", "platform": "pancake"}) == []
    both = [{"id": "p", "platform": "pancake"}, {"id": "s", "platform": "shopify"}]
    assert found({"datas": {"a": "{{ shipping.ward }}"}}, *both) == []
    assert found({"datas": {"a": {"from": ["shipping.ward", "shipping.city"]}}}) == []
    assert found({"to": ["order.phone", "customer.phone"]}) == []


def test_what_no_sample_of_the_platform_has_in_raw_is_a_warning() -> None:
    message, warning = said("{{ raw.totl_price }}")
    assert (message, warning) == ("no sample order of shopify has raw.totl_price; did you mean total_price?", True)


def test_a_generic_source_fills_what_its_fields_name() -> None:
    fields = {"id": "ma", "total": "tien", "phone": "sdt", "customer.name": "ten"}
    lead = {
        "id": "lp",
        "platform": "generic",
        "settings": {"scheme": "token", "topic": "order.created", "fields": fields},
    }
    assert found({"datas": {"a": "{{ order.total }} {{ customer.name }} {{ order.number }} {{ raw.x }}"}}, lead) == []
    assert found({"when": "event.topic == 'order.created' and source.id == 'lp'"}, lead) == []
    message, warning = said("{{ order.note }}", lead)
    assert (message, warning) == ("order.note is blank in the sample orders of generic", True)


def test_a_rule_of_sources_that_no_file_holds_is_held_against_the_schema_alone() -> None:
    text = yaml.safe_dump(
        {
            "rules": [
                {"rule": "r", "template": "T", "on": ["order.created"], "sources": ["elsewhere"], "when": "order.totl"},
            ]
        }
    )
    configuration, _ = read_files([("a.yaml", text)], parse_rule, NAMES, ["elsewhere"])
    (flaw,) = find_rule_flaws(configuration)
    assert flaw.message == "there is no order.totl; did you mean order.total?"


RIGHT: list[Json] = [
    {"when": "order.payment.cod and order.total >= 100000 and not order.note"},
    {"when": "order.tags contains 'vip' or shipping.city == 'Hà Nội' or order.note == blank"},
    {"when": "event.topic == 'order.created' and order.state == 'open' and order.total != 0.5"},
    {"datas": {"a": "{{ order.total | divided_by: 2 | round: 1 }} {{ items.size }} {{ items.first.title }}"}},
    {"datas": {"a": "{% for i in items %}{{ forloop.index }} {{ i.title | clean }}{% endfor %}"}},
    {"datas": {"a": "{{ raw.note_attributes | where: 'name', 'x' | map: 'value' | first | default: 'y' }}"}},
    {"datas": {"a": "{% capture x %}{{ order.number }}{% endcapture %}{{ x | remove: '#' | upcase }}"}},
    {"datas": {"a": "{% assign n = raw.total_price | number %}{% if n >= 500000 %}{{ n | vnd }}{% endif %}"}},
    {"datas": {"a": "{{ order.number | slice: 1,100 }} {{ order.tags | join: ', ' }}"}},
    {"datas": {"a": "{% case order.note %}{% when blank %}x{% endcase %}"}},
    {"datas": {"a": {"from": ["shipping.name", "customer.name"], "format": ["clean", "name_vi"], "default": "x"}}},
    {"once_per": "{{ order.id }}-{{ event.topic }}"},
]


@pytest.mark.parametrize("rule", RIGHT)
@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "haravan"])
def test_a_rule_that_means_what_it_says_has_no_flaw(rule: dict[str, Any], platform: str) -> None:
    assert [flaw for flaw in found(rule, {"id": "s", "platform": platform}) if not flaw[2]] == []


def test_a_courier_is_never_called() -> None:
    with pytest.raises(BadRule, match=r"to\[1\]: is the courier's number, who is never called; write order.phone"):
        parse_rule(
            {"rule": "a", "template": "T", "on": ["delivery.out"], "to": ["order.phone", "parcel.courier_phone"]}
        )


@pytest.mark.parametrize("once", ["{{ 'x' }}", "{{ 'a' }}-{{ 'b' | upcase }}"])
def test_a_once_per_that_is_the_same_for_every_order_is_warned_of(once: str) -> None:
    where, message, warning = only({"once_per": once})
    assert (where, warning) == ("rules[0].once_per", True)
    assert message.startswith("reads nothing of the order, so the rule rings once in all")


@pytest.mark.parametrize("once", ["order", "order+topic", "phone+day", "{{ customer.id }}", "{{ event.hour }}"])
def test_a_once_per_that_reads_the_order_is_no_flaw(once: str) -> None:
    assert found({"once_per": once}) == []
