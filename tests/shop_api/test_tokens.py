"""Access tokens of shops: shared, replaced once when refused, and credentials that were refused are left alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from bridge.core.model import Source
from bridge.core.platform import Api, ApiRequest, Login
from bridge.lib.http import Answer, Kept
from bridge.lib.shared_token import MemoryTokenStore
from bridge.shop_api import tokens as tokens_module
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import Tokens, send_with_token

SOURCE = Source("shop", "kiotviet")
LOGIN = Login("https://shop.example.test/token", (("client_id", "one"), ("grant_type", "client_credentials")))
API = Api((), lambda request, source: (), login=lambda source: LOGIN, seconds_between=0)
ORDER = ApiRequest("GET", "https://shop.example.test/orders/1", {})


class Shop:
    """A shop that issues t1, t2, …, and answers each request as the test says by its token."""

    def __init__(self, answer: Callable[[str], Answer | Failure], login: int = 200) -> None:
        self.answer, self.login = answer, login
        self.issued = 0
        self.used: list[str] = []

    def send(
        self, request: ApiRequest, source: Source, until: float, limit_bytes: int = 0, kept: Kept | None = None
    ) -> Answer | Failure:
        if request.url == LOGIN.url:
            assert parse_qs((request.body or b"").decode())["client_id"] == ["one"]
            self.issued += 1
            token = {"access_token": f"t{self.issued}", "expires_in": 3600}
            return Answer(self.login, {}, json.dumps(token).encode())
        self.used.append(request.headers["Authorization"])
        return self.answer(self.used[-1].removeprefix("Bearer "))


@pytest.fixture
def tokens() -> Tokens:
    store = MemoryTokenStore(time.monotonic)
    return Tokens(lambda source_id: store)


def ask(monkeypatch: pytest.MonkeyPatch, shop: Shop, tokens: Tokens, **options: object) -> Answer | Failure:
    monkeypatch.setattr(tokens_module, "send", shop.send)
    return send_with_token(ORDER, API, SOURCE, tokens, time.monotonic() + 60, **options)  # type: ignore[arg-type]


def test_one_token_serves_all_requests(monkeypatch: pytest.MonkeyPatch, tokens: Tokens) -> None:
    shop = Shop(lambda token: Answer(200, {}, b"{}"))
    for _ in range(3):
        assert ask(monkeypatch, shop, tokens) == Answer(200, {}, b"{}")
    assert (shop.issued, shop.used) == (1, ["Bearer t1"] * 3)


def test_a_refused_token_is_replaced_once(monkeypatch: pytest.MonkeyPatch, tokens: Tokens) -> None:
    shop = Shop(lambda token: Answer(401 if token == "t1" else 200, {}, b""))
    assert ask(monkeypatch, shop, tokens) == Answer(200, {}, b"")
    assert shop.used == ["Bearer t1", "Bearer t2"]
    never = Shop(lambda token: Answer(401, {}, b""))
    assert ask(monkeypatch, never, tokens) == Answer(401, {}, b"")
    assert len(never.used) == 2


def test_refused_credentials_are_not_shown_again_at_once(monkeypatch: pytest.MonkeyPatch, tokens: Tokens) -> None:
    shop = Shop(lambda token: Answer(200, {}, b""), login=401)
    for _ in range(3):
        assert ask(monkeypatch, shop, tokens) == Failure("fetch_credentials")
    assert (shop.issued, shop.used) == (1, [])


def test_the_callers_codes_name_why_the_request_failed_and_not_why_its_token_did(
    monkeypatch: pytest.MonkeyPatch, tokens: Tokens
) -> None:
    reasons = {"fetch_no_answer": "poll_unreachable"}
    shop = Shop(lambda token: Failure("fetch_no_answer"))
    assert ask(monkeypatch, shop, tokens, reasons=reasons) == Failure("poll_unreachable")
    broken = Shop(lambda token: Answer(200, {}, b""), login=500)
    fresh = MemoryTokenStore(time.monotonic)
    assert ask(monkeypatch, broken, Tokens(lambda source_id: fresh), reasons=reasons) == Failure("fetch_no_answer")
