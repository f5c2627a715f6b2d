"""Payment methods, currencies, phones and paths as merchants write them are read as they mean them."""

from __future__ import annotations

import pytest

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import find_rule_flaws
from bridge.core.reasons import sentence
from bridge.place.lists.sheet import Line, open_sheet
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from tests.cases.cases import FOLDER, open_case


def test_a_phone_of_a_spreadsheet_is_dialled_or_refused_and_never_anothers() -> None:
    lines = list(open_sheet((FOLDER / "scientific-phone.csv").read_bytes(), {}, ()).lines())
    dialled = [line.phone if isinstance(line, Line) else None for line in lines]
    assert dialled == ["0912345700", "0912345670", "0912345678", None, "0912345671"]


@pytest.mark.parametrize("name", ["converted-from-cod", "gateway-says-no-cod", "tag-no-cod"])
def test_a_denied_cash_on_delivery_is_none(name: str) -> None:
    case = open_case(f"shopify-{name}.json", "shopify", "orders/create")
    verdict = case.verdict("confirm")
    assert case.event.order and case.event.order.payment.cod is False
    assert (verdict.decision, verdict.reason) == ("skip", "condition_false")
    assert "cod_names" in sentence(verdict.reason, "vi", **verdict.facts)


def test_cash_on_delivery_is_known_in_any_order_of_its_words() -> None:
    verdict = open_case("haravan-cod-phrase.http").verdict("confirm")
    assert (verdict.decision, verdict.reason) == ("call", "wanted")


def test_an_amount_in_another_currency_is_never_said_in_dong() -> None:
    own = open_case("shopify-other-currency.json", "shopify", "orders/create").verdict("confirm")
    assert own.datas["total"] == "bốn trăm hai mươi nghìn đồng"
    dollars = open_case("woo-usd.json", "woo", "order.created").verdict("confirm")
    assert (dollars.decision, dollars.reason) == ("skip", "mapping_failed")
    for language in ("vi", "en"):
        said = sentence(dollars.reason, language, **dollars.facts)
        assert "VND" in said and "USD" in said


def test_a_zalo_attribute_is_a_phone() -> None:
    verdict = open_case("shopify-zalo-attribute.json", "shopify", "orders/create").verdict("confirm")
    assert (verdict.decision, verdict.phone) == ("call", "0912345671")


def test_an_amount_that_raw_holds_as_text_is_said() -> None:
    find = "raw.meta_data | where: 'key', '_wc_deposits_second_payment' | map: 'value' | first"
    datas = {"rest": f"{{{{ {find} | number | vnd_words }}}}", "paid": f"{{{{ {find} | number | times: 1 | vnd }}}}"}
    rule = parse_rule({"rule": "rest", "template": "T", "on": ["order.created"], "datas": datas, "within": "365d"})
    verdict = open_case("woo-raw-amount-as-text.json", "woo", "order.created").verdict(rule)
    assert verdict.datas == {"rest": "ba trăm hai mươi nghìn đồng", "paid": "320.000 đồng"}


def test_check_names_the_path_that_is_meant() -> None:
    text = (FOLDER / "unknown-fields.yaml").read_text(encoding="utf-8")
    configuration, _ = read_files([("shops.yaml", text)], parse_rule, [one.name for one in list_platforms()])
    flaws = {flaw.path: (flaw.message, flaw.warning) for flaw in find_rule_flaws(configuration)}
    meant = {
        "rules[0].when": "order.payment.paid",
        "rules[0].datas.a": "order.number",
        "rules[0].datas.b": "customer.name",
        "rules[0].datas.c.from": "order.total",
        "rules[1].when": "order.total",
        "rules[2].to[0]": "shipping.phone",
    }
    assert {path: message.rpartition("did you mean ")[2] for path, (message, _) in flaws.items()} == {
        path: f"{ours}?" for path, ours in meant.items()
    }
    assert not any(warning for _, warning in flaws.values())
