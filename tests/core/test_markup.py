"""What was written for a screen, as it is said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.markup import plain_text, spoken_text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Áo len &#8211; M", "Áo len – M"),
        ("Áo &amp; quần", "Áo & quần"),
        ("Áo &amp;amp; quần", "Áo & quần"),
        ("Áo &amp;amp;amp; quần", "Áo & quần"),
        ("&lt;b&gt;Áo&lt;/b&gt; len", "Áo len"),
        ("<p>Gấp</p><p>gọi trước</p>", "Gấp gọi trước"),
        ("Gọi<br/>trước", "Gọi trước"),
        ("<a href='https://example.test/?a=1&b=2'>Áo</a>", "Áo"),
        ("<STRONG>Áo</STRONG> l<b>e</b>n", "Áo len"),
        ("<script>alert(1)</script>Áo", "Áo"),
        ("<style>p {color: red}</style>Áo<!-- ẩn -->", "Áo"),
        ("<!DOCTYPE html><html><body>Áo</body></html>", "Áo"),
        ("Áo&nbsp;len", "Áo len"),
        ('[gallery ids="1,2"] Áo', "Áo"),
        ("[vc_row][vc_column]Áo[/vc_column][/vc_row]", "Áo"),
        ('[caption id="a" align=left]Áo[/caption]', "Áo"),
        ("&lt;p&gt;[contact-form-7 id=&quot;5&quot;]&lt;/p&gt;Áo", "Áo"),
    ],
)
def test_no_markup_reaches_a_voice(text: str, said: str) -> None:
    assert spoken_text(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "size <L> và < XL",
        "a < b > c",
        "5 <3",
        "R&D, AT&T, M&A",
        "[FREESHIP] Áo [Mua 1 tặng 1] [sale]",
        "  hai   khoảng\ntrống ",
        "giá &lt",
        "(Chị Hoa)",
    ],
)
def test_what_a_person_writes_stays_as_it_is(text: str) -> None:
    assert spoken_text(text) == text


PIECES = ["<", ">", "<b", "</", "&", ";", "&amp;", "[", "]", "[/a]", "<script", "<!--", "-->", " a=", '"', "x", " "]


@given(st.lists(st.sampled_from(PIECES), max_size=200).map("".join))
def test_any_text_is_read_at_once_and_leaves_no_tag(text: str) -> None:
    assert "<b>" not in plain_text(text)


@pytest.mark.parametrize("piece", [*PIECES, "<b ", "[a b=c", "&amp", "<script>", "<!--x"])
def test_a_long_text_is_read_at_once(piece: str) -> None:
    start = time.perf_counter()
    plain_text(piece * (50_000 // len(piece)))
    assert time.perf_counter() - start < 2
