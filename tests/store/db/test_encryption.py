from __future__ import annotations

import base64

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import BadSetting, Json
from bridge.store import make_seal

OLD, NEW = "o" * 32, "n" * 32
CREDENTIALS = {"secrets": ["bí mật 🔑"], "settings": {"verify_token": "t"}}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_was_sealed_is_opened_as_it_was(value: Json) -> None:
    seal = make_seal((NEW,))
    assert seal.open(seal.close(value), "source shop") == value


def test_a_sealed_text_shows_nothing_of_its_value_and_is_never_the_same_twice() -> None:
    seal = make_seal((NEW,))
    first, second = seal.close("the-whole-secret"), seal.close("the-whole-secret")
    assert first != second
    assert "the-whole-secret" not in first + base64.urlsafe_b64decode(first).decode("latin-1")


def test_the_first_key_seals_and_every_key_opens() -> None:
    both = make_seal((NEW, OLD))
    assert both.open(make_seal((OLD,)).close(CREDENTIALS), "source shop") == CREDENTIALS
    assert make_seal((NEW,)).open(both.close(CREDENTIALS), "source shop") == CREDENTIALS


def test_after_renewal_the_first_key_is_enough() -> None:
    sealed = make_seal((OLD,)).close(CREDENTIALS)
    renewed = make_seal((NEW, OLD)).renew(sealed)
    assert make_seal((NEW,)).open(renewed, "source shop") == CREDENTIALS
    with pytest.raises(BadSetting):
        make_seal((OLD,)).open(renewed, "source shop")


@pytest.mark.parametrize("sealed", ["", "not sealed", "ấ", make_seal((OLD,)).close(CREDENTIALS)])
def test_what_no_key_opens_names_its_owner_and_what_to_write(sealed: str) -> None:
    with pytest.raises(BadSetting) as refused:
        make_seal((NEW,)).open(sealed, "source lan-shop")
    line = str(refused.value)
    assert line.startswith("BRIDGE_SECRET_KEY ")
    assert "source lan-shop" in line
    assert NEW not in line
    assert "\n" not in line


def test_one_changed_letter_is_noticed() -> None:
    sealed = make_seal((NEW,)).close(CREDENTIALS)
    changed = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    with pytest.raises(BadSetting):
        make_seal((NEW,)).open(changed, "source shop")


def test_the_key_in_use_is_derived_and_not_the_text_itself() -> None:
    text = base64.urlsafe_b64encode(b"k" * 32).decode()
    sealed = make_seal((text,)).close(CREDENTIALS)
    with pytest.raises(InvalidToken):
        Fernet(text).decrypt(sealed)


def test_a_key_is_any_text_and_keys_that_differ_by_a_letter_differ() -> None:
    vietnamese = "khóa bí mật của cửa hàng Lan ở phố Huế"
    seal = make_seal((vietnamese,))
    assert seal.open(seal.close(CREDENTIALS), "source shop") == CREDENTIALS
    with pytest.raises(BadSetting):
        make_seal((vietnamese + " ",)).open(seal.close(CREDENTIALS), "source shop")


def test_a_seal_does_not_show_its_keys() -> None:
    assert NEW not in repr(make_seal((NEW,)))


def test_a_sealed_text_of_the_first_release_still_opens() -> None:
    sealed = (
        "gAAAAABrA_lYV9Z983bXhyHcdtH43Kbt1zKkumRrCXhtcXQoWFpwpzSVEnjqNgKhF2Ew7Pwmg0ETg6ZTtXkbBhRpPmTx0xI23Zx9"
        "Jl9OaCOfkM1oZyMj4g5xlx-_2YWW9ti8gQ4UWPiA"
    )
    assert make_seal((OLD,)).open(sealed, "source shop") == {"secrets": ["first"], "settings": {}}
