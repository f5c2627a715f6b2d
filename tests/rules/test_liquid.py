"""The rule language against mistakes and malice: found when compiled where possible, bounded where not."""

from __future__ import annotations

import pytest

from bridge.core.model import BadRule, Json
from bridge.rules.liquid import MAX_LENGTH, evaluate, parse_path, parse_text, parse_when
from tests.rules.hostile import DOCUMENT, RANGES


def said(text: str) -> Json:
    return evaluate(parse_text(text, "datas.x"), DOCUMENT)


def holds(text: str) -> Json:
    return evaluate(parse_when(text, "when"), DOCUMENT)


@pytest.mark.parametrize("text", RANGES)
def test_a_range_is_refused_wherever_it_stands(text: str) -> None:
    with pytest.raises(BadRule):
        parse_text(text, "datas.x")


@pytest.mark.parametrize("text", ["(1..3) contains 2", "order.total == (1..3)", "not (1..3)", "order[(1..3)]"])
def test_a_range_is_refused_in_a_condition(text: str) -> None:
    with pytest.raises(BadRule):
        parse_when(text, "when")


@pytest.mark.parametrize(
    "text",
    [
        "{{ order.__class__ }}",
        "{{ order.__class__.__mro__ }}",
        "{{ order['__class__'] }}",
        "{{ order.items }}",
        "{{ order.number.__len__ }}",
        "{{ order.total.real }}",
        "{{ items.append }}",
        "{{ order.payment.get }}",
        "{{ order.number.first }}",
        "{{ order.number[0] }}",
    ],
)
def test_no_attribute_of_a_value_can_be_reached(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "{{ now }}",
        "{{ today }}",
        "{{ 'now' | date: '%Y' }}",
        "{{ [order.note] }}",
        "{{ ['now'] }}",
        "{{ order[now] }}",
        "{% if now %}x{% endif %}",
        "{% for i in now %}x{% endfor %}",
    ],
)
def test_no_text_can_name_the_clock(text: str) -> None:
    with pytest.raises(BadRule):
        parse_text(text, "datas.x")


def test_a_name_given_in_a_branch_not_taken_does_not_uncover_the_clock() -> None:
    text = "{% if order.note %}{% assign now = 'x' %}{% assign today = 'x' %}{% endif %}[{{ now }}{{ today }}]"
    assert said(text) == "[]"


@pytest.mark.parametrize(
    "tag",
    [
        *("include 'a'", "render 'a'", "cycle 'a', 'b'", "increment a", "decrement a", "tablerow i in items"),
        *("liquid assign a = 1", "echo order.number", "ifchanged", "raw", "doc", "extends 'a'", "block a"),
        *("macro a", "call a", "with a: 1", "translate", "snippet a", "# a", "", "endfor", "-raw"),
    ],
)
def test_a_tag_outside_the_list_is_refused(tag: str) -> None:
    for text in (f"{{% {tag} %}}", f"{{% {tag} %}}x{{% end{tag.partition(' ')[0]} %}}"):
        with pytest.raises(BadRule):
            parse_text(text, "datas.x")


@pytest.mark.parametrize(
    "name",
    [
        *("date", "escape", "escape_once", "escapejs", "safe", "newline_to_br", "strip_html", "url_encode"),
        *("url_decode", "base64_encode", "base64_decode", "base64_url_safe_decode", "json", "t", "find", "currency"),
    ],
)
def test_a_filter_outside_the_list_is_refused(name: str) -> None:
    with pytest.raises(BadRule, match=f"the filter {name} is not part"):
        parse_text(f"{{{{ order.number | {name} }}}}", "datas.x")


MISTAKES = [
    ("{{ order.total | vnd_word }}", 1, 18, "vnd_words"),
    ("Đơn\n  {{ order.number | remve: '#' }}", 2, 21, "remove"),
    ("{{ ordr.total }}", 1, 4, "order"),
    ("{% fro i in items %}{% endfor %}", 1, 4, "for"),
    ("{{ order.number | remove }}", 1, 19, "takes 1 value "),
    ("{{ order.number | replace: 'a', 'b', 'c' }}", 1, 19, "takes 1 to 2 values"),
    ("{{ order.number | upcase: 'a' }}", 1, 19, "takes 0 values"),
    ("{{ order.number | default: 'a', context: 1 }}", 1, 19, "takes"),
    ("{{ order.created_at | date_vi: source: 'a' }}", 1, 23, "takes"),
    ("{{ order.number", 1, 1, "write }}"),
    ("{{ order.number }} {% if order.note", 1, 20, "write %}"),
    ("{% if order.note %}a", 1, 4, "endif"),
    ("{% for i in items %}a", 1, 22, "endfor"),
    ("{% if order.note %}a{% else if order.total %}b{% endif %}", 1, 29, "elsif"),
    ("{% if order.total | plus: 1 %}a{% endif %}", 1, 19, "filter"),
    ("{% if order.total = 1 %}a{% endif %}", 1, 19, "=="),
    ("{% if order.total && order.note %}a{% endif %}", 1, 19, "and"),
    ("{{ order.total | }}", 1, 20, "write"),
    ("{{ }}", 1, 6, "write"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), MISTAKES)
def test_a_mistake_is_found_at_its_place_with_what_to_write(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        parse_text(text, "datas.x")
    bad = caught.value
    assert (bad.where, bad.line, bad.column) == ("datas.x", line, column)
    assert words in bad.problem


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("order.total > 1 %}x{% if true", 1, 20, "{%"),
        ("order.total > 1 %}", 1, 17, "%}"),
        ("{{ order.total }} > 1", 1, 1, "{{"),
        ("order.total >", 1, 14, "value"),
        ("> 1", 1, 1, "write"),
        ("order.total > 1 2", 1, 17, "and"),
        ("order.total\n  => 1", 2, 3, "write"),
        ("order.total > 1 || order.note", 1, 17, "or"),
        ("!order.note", 1, 1, "write not"),
        ("(order.note", 1, 12, ")"),
        ("order.note)", 1, 11, "and"),
        ("1 < order.total < 5", 1, 17, "and"),
        ("order.total and", 1, 16, "value"),
        ("order.payment.cod and order.note or order.total", 1, 34, "parentheses"),
        ("ordr.total > 1", 1, 1, "order"),
        ("(order.payment.cod and ordr.total > 1)", 1, 24, "order"),
        ("not ordr.total", 1, 5, "order"),
        ("order.total > '1", 1, 15, "write"),
        ("raw.limit > 1", 1, 5, "['limit']"),
    ],
)
def test_a_mistake_in_a_condition_is_found_at_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(BadRule) as caught:
        parse_when(text, "when")
    bad = caught.value
    assert (bad.where, bad.line, bad.column) == ("when", line, column)
    assert words in bad.problem


@pytest.mark.parametrize("text", ["", "  \n", None, True, 5, ["order.note"], {"a": 1}, "x" * (MAX_LENGTH + 1)])
def test_what_is_no_text_or_too_long_is_refused(text: Json) -> None:
    for parse in (parse_text, parse_when, parse_path):
        with pytest.raises(BadRule):
            parse(text, "when")


@pytest.mark.parametrize("text", ["order.phone | clean", "{{ order.phone }}", "order phone", "'a'", "5.x", "a..b", "!"])
def test_what_is_more_or_less_than_a_path_is_refused(text: str) -> None:
    with pytest.raises(BadRule):
        parse_path(text, "to")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order.number", "#DH-2068"),
        ("items[1].title", "Nón"),
        ("items.first.title", "Áo"),
        ("items.size", 2),
        ("raw['total_price']", "1250000.00"),
        ('raw["no such"].deeper[3]', None),
        ("order.total.deeper", None),
        (" order.number ", "#DH-2068"),
    ],
)
def test_a_path_finds_its_value_or_nothing(path: str, value: Json) -> None:
    assert evaluate(parse_path(path, "to"), DOCUMENT) == value


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("order.payment.cod and order.total >= 100000", True),
        ("order.payment.cod and order.total > 1250000", False),
        ("order.total <= 1250000 and order.total >= 1250000.00", True),
        ("order.total == 1250000", True),
        ("order.total <> 1250000", False),
        ("order.total != 1", True),
        ("not order.payment.cod and order.payment.paid", False),
        ("not order.payment.paid and order.payment.cod", True),
        ("not (order.payment.paid and order.payment.cod)", True),
        ("not order.total == 5", True),
        ("not not order.payment.cod", True),
        ("false or true and true", True),
        ("(false and false) or true", True),
        ("false and (false or true)", False),
        ("((order.payment.cod))", True),
        ("order.note == blank", True),
        ("order.note != blank", False),
        ("raw.none == blank", True),
        ("blank == order.note", True),
        ("order.note == nil", True),
        ("order.note", False),
        ("order.number", True),
        ("order.missing.deeper", False),
        ("order.missing.deeper >= 1", False),
        ("order.missing.deeper < 1", False),
        ("1 <= order.note", False),
        ("order.tags contains 'vip'", True),
        ("order.tags contains 'ga\u0302\u0301p'", True),
        ("order.tags contains 'VIP'", False),
        ("order.number contains '2068'", True),
        ("order.number contains 2068", True),
        ("order.payment contains 'cod'", True),
        ("order.note contains 'x'", False),
        ("order.payment.cod == true", True),
        ("raw['limit'] == 5", True),
        ("order.payment.cod == 1", False),
        ("'or' == 'or'", True),
        ("'==' == '=='", True),
        ("(order.total > 5) and 'a..b' contains '..'", True),
        ("order.created_at > '2026-11-05'", True),
        (" and ".join(["true"] * 400), True),
        (" or ".join(["false"] * 400), False),
    ],
)
def test_a_condition_means_what_it_seems_to_say(text: str, outcome: bool) -> None:
    assert holds(text) is outcome


@pytest.mark.parametrize("text", ["order.payment.cod and order.total > 5", "not order.note and order.total"])
def test_conditions_in_a_text_are_read_as_in_when(text: str) -> None:
    assert said(f"{{% if {text} %}}có{{% else %}}không{{% endif %}}") == "có"
    assert said(f"{{% unless {text} %}}có{{% elsif order.total %}}khác{{% endunless %}}") == "khác"


@pytest.mark.parametrize(
    "text",
    [
        "raw.total_price >= 100000",
        "raw.total_price > 100000",
        "100000 <= raw.total_price",
        "order.payment > 5",
        "order.payment.cod > 0",
        "order.total contains 1",
        "raw.secret < 5",
    ],
)
def test_unlike_kinds_are_an_error_that_quotes_no_value(text: str) -> None:
    with pytest.raises(BadRule) as caught:
        holds(text)
    assert caught.value.where == "when"
    assert caught.value.line == 1
    for secret in ("1250000", "0912345678", "kín"):
        assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ raw.secret | plus: 1 }}",
        "{{ raw.secret | vnd }}",
        "{{ raw.secret | date_vi }}",
        "{{ order.created_at | date_vi: raw.secret }}",
        "{{ raw.secret | item_list }}",
        "{{ raw.many | sort: raw.secret | sum: raw.secret }}",
        "{{ 'a' | truncate: raw.secret }}",
        "{{ 'a' | slice: raw.secret }}",
        "{% for i in items limit: raw.secret %}x{% endfor %}",
        "{{ raw }}",
        "{{ items }}",
        "x {{ raw }}",
        "{% break %}",
    ],
)
def test_an_error_at_run_time_has_a_place_and_quotes_no_value(text: str) -> None:
    with pytest.raises(BadRule) as caught:
        evaluate(parse_text("x" + text, "datas.x"), DOCUMENT)
    assert caught.value.line == 1
    assert caught.value.column > 1
    assert "kín" not in str(caught.value)
    assert "0912345678" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Đơn {{ order.number | remove: '#' }}, {{ order.total }} đồng", "Đơn DH-2068, 1250000 đồng"),
        (
            "{% for i in items %}{{ i.quantity }} {{ i.title }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
            "2 Áo, 1 Nón",
        ),
        ("{% for i in items %}{% if i.title == 'Nón' %}{% break %}{% endif %}{{ i.title }}{% endfor %}", "Áo"),
        ("{% for i in items reversed %}{% continue %}{% endfor %}xong", "xong"),
        ("{% for i in order.none %}x{% else %}trống{% endfor %}", "trống"),
        ("{% case order.payment.cod %}{% when true %}thu tiền{% else %}đã trả{% endcase %}", "thu tiền"),
        ("{% assign n = order.total | divided_by: 2 %}{{ n }}!", "625000!"),
        ("{% capture n %}{{ order.total }}{% endcapture %}{{ n | append: ' đồng' }}", "1250000 đồng"),
        ("{% comment %}{{ nothing | nothing }}{% include %}{% endcomment %}a", "a"),
        ("{{- order.number -}} ", "#DH-2068"),
        ("{{ order.total | times: 1.1 }} đ", "1375000 đ"),
        ("{{ order.payment.cod }}.", "true."),
        ("{{ order.created_at | date_vi }}", "thứ Sáu, ngày 6 tháng 11"),
        ("{{ '+84 912 345 678' | phone_vn }}", "0912345678"),
        ("{% if order.note == blank %}không ghi chú{% endif %}", "không ghi chú"),
        ("{{ raw.none | default: 'trống' }}", "trống"),
        ("chỉ chữ", "chỉ chữ"),
    ],
)
def test_a_text_says_what_it_should(text: str, result: str) -> None:
    assert said(text) == result


def test_a_text_can_be_rendered_again_and_keeps_nothing() -> None:
    script = parse_text("{% assign n = order.number %}{{ n }}{{ raw.endless | size }}!", "datas.x")
    assert evaluate(script, DOCUMENT) == evaluate(script, DOCUMENT) == "#DH-2068100000!"
    assert evaluate(script, {**DOCUMENT, "order": {}, "raw": {}}) == "0!"


@pytest.mark.parametrize(
    ("text", "said_is"),
    [
        ("{% case order.note %}{% when blank %}trống{% else %}có{% endcase %}", "trống"),
        ("{% case raw.none %}{% when empty %}trống{% else %}có{% endcase %}", "trống"),
        ("{% case order.total %}{% when blank %}trống{% else %}có{% endcase %}", "có"),
        ("{% case order.note %}{% when 'a' or blank %}trống{% endcase %}", "trống"),
        ("{% case order.note %}{% when blank, empty %}một lần{% endcase %}", "một lần"),
        ("{% case raw['limit'] %}{% when '5' %}chữ{% when 5 %}số{% endcase %}", "số"),
        ("{% case order.payment.cod %}{% when 1 %}một{% when true %}đúng{% endcase %}", "đúng"),
    ],
)
def test_case_compares_as_two_equal_signs_do(text: str, said_is: str) -> None:
    assert said(text) == said_is


@pytest.mark.parametrize(
    ("name", "ours"),
    [("money", "vnd"), ("strip_html", "clean"), ("date", "date_vi"), ("to_number", "number"), ("titleize", "name_vi")],
)
def test_a_filter_of_another_language_names_ours(name: str, ours: str) -> None:
    with pytest.raises(BadRule, match=f"the filter {name} is not part of the rule language; write {ours}$"):
        said(f"{{{{ order.number | {name} }}}}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ order.number | vnd }}", "mapping_not_number"),
        ("{{ order.note | vnd }}", "mapping_blank"),
        ("{{ raw.secret | number }}", "mapping_not_amount"),
        ("x {{ order }}", "mapping_group"),
        ("{% if order.number > 5 %}x{% endif %}", "mapping_kinds"),
        ("{{ 'x' | date_vi }}", None),
    ],
)
def test_what_a_value_does_not_allow_has_the_reason_that_a_shopkeeper_reads(text: str, reason: str | None) -> None:
    with pytest.raises(BadRule) as caught:
        said(text)
    assert caught.value.reason == reason
