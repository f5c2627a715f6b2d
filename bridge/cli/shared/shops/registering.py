"""Register a source's webhooks, in sight of a person, and wait for what comes."""

from __future__ import annotations

import time
from datetime import datetime
from urllib.parse import urlsplit

import click

from bridge.cli.shared.consent import need_consent
from bridge.cli.shared.database import Opened, now
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.core.model import BadSignature
from bridge.core.platform import Hooks, Shop
from bridge.core.reasons import sentence
from bridge.monitor.hooks import ALARM
from bridge.shop_api.hooks import Standing, list_hooks, register, stand
from bridge.shop_api.send import Failure
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.store.operation.alarms import keep_alarm
from bridge.store.shops.hooks import known_hooks, received_since, remember_hooks
from bridge.store.shops.refusals import read_refusals

SHOP_SECONDS = 60  # that a shop is given for its list, and again for what is registered
POLL_SECONDS = 1.0


def bring(opened: Opened, shop: Shop, url: str | None, wait: int, *, yes: bool) -> None:
    """List, show the plan, ask, register, list again, and wait for the first delivery."""
    hooks, source = _need_hooks(shop), shop.source
    address, needed = _address(opened, shop, url), _needed(opened, shop, hooks)
    tokens = share_tokens(opened.store, opened.catalogs.seal, now)
    standing = _list(shop, hooks, address, needed, tokens)
    _show(standing)
    if not standing.missing:
        say(f"{source.id}: đã đủ, không cần làm gì", f"{source.id}: all is there, nothing to do")
        _remember(opened, shop, address, needed)
        return
    topics = ", ".join(standing.missing)
    need_consent(
        f"đăng ký {topics} của nguồn {source.id} đến {address}",
        f"register {topics} of the source {source.id} at {address}",
        yes=yes,
    )
    started, refused = now(), _refusals(opened, source.id)
    try:
        failed = register(hooks, shop.platform.api, source, standing, tokens, time.monotonic() + SHOP_SECONDS)
    except BadSignature:
        raise failure(
            f"nguồn {source.id} chưa có khóa bí mật: hãy ghi vào secrets rồi apply",
            f"the source {source.id} has no secret: write one into secrets, then apply",
        ) from None
    if failed is not None:
        raise _failure(shop, hooks, failed)
    left = _list(shop, hooks, address, needed, tokens)
    if left.missing:
        missing = ", ".join(left.missing)
        raise failure(
            f"cửa hàng nhận yêu cầu nhưng chưa liệt kê: {missing}; hãy chạy lại sau ít phút",
            f"the shop took the request, but does not list yet: {missing}; run this again in some minutes",
        )
    _remember(opened, shop, address, needed)
    say(f"đã đăng ký: {topics}", f"registered: {topics}")
    _await(opened, source.id, started, refused, wait)


def _need_hooks(shop: Shop) -> Hooks:
    hooks, platform = shop.platform.hooks, shop.platform
    page = f"docs/connect/{platform.name}.md"
    if hooks is None:
        raise failure(
            f"{platform.title} không có API đăng ký webhook mà bridge biết: hãy đăng ký bằng tay, xem {page}",
            f"no API of {platform.title} that registers webhooks is known: register them by hand, see {page}",
        )
    if not hooks.is_on(shop.source):
        groups = [", ".join(f"settings.{name}" for name in group) for group in hooks.credentials]
        raise failure(
            f"nguồn {shop.source.id} thiếu {' / '.join(groups)}: hãy thêm rồi apply",
            f"the source {shop.source.id} lacks {', or '.join(groups)}: add them, then apply",
        )
    return hooks


def _address(opened: Opened, shop: Shop, url: str | None) -> str:
    """Where the source's webhooks are to lead: below --url, or where they led before."""
    if url is None:
        with opened.store.read() as conn:
            known = known_hooks(conn).get(shop.source.id)
        if known is None or not known.address:
            raise misuse(
                "hãy thêm --url, địa chỉ công khai của bridge, như https://goi.example.vn",
                "write --url, the bridge's public address, such as https://calls.example.com",
            )
        return known.address
    parts = urlsplit(url)
    is_private = shop.source.settings.get("allow_private_addresses") is True
    if parts.scheme not in ("https", *(["http"] if is_private else [])) or not parts.hostname or parts.query:
        raise misuse(
            "--url phải là một địa chỉ https như https://goi.example.vn",
            "--url must be an https address such as https://calls.example.com",
        )
    return f"{url.rstrip('/')}/hooks/{shop.source.id}"


def _needed(opened: Opened, shop: Shop, hooks: Hooks) -> tuple[str, ...]:
    """The platform's topics that the rules of this source need."""
    with opened.store.read() as conn:
        rules = opened.catalogs.read(conn).rules
    return hooks.needed(topic for rule in rules if rule.listens(shop.source.id) for topic in rule.on)


def _list(shop: Shop, hooks: Hooks, address: str, needed: tuple[str, ...], tokens: Tokens) -> Standing:
    found = list_hooks(hooks, shop.platform.api, shop.source, tokens, time.monotonic() + SHOP_SECONDS)
    if isinstance(found, Failure):
        raise _failure(shop, hooks, found)
    return stand(found, address, shop.source.id, needed)


def _failure(shop: Shop, hooks: Hooks, failed: Failure) -> click.ClickException:
    needs = f" ({text(*hooks.permission)})" if failed.reason in ("hooks_scope", "hooks_credentials") else ""
    said = sentence(failed.reason, current_language()).rstrip(".")
    return click.ClickException(f"{shop.source.id}: {said}{needs}")


def _show(standing: Standing) -> None:
    say(f"địa chỉ: {standing.address}", f"address: {standing.address}")
    for topic in sorted(standing.present):
        say(f"  đã có      {topic}", f"  is there   {topic}")
    for hook in standing.off:
        say(f"  đang tắt   {', '.join(sorted(hook.topics))}", f"  is off     {', '.join(sorted(hook.topics))}")
    for topic in standing.missing:
        say(f"  sẽ đăng ký {topic}", f"  to come    {topic}")
    for hook in standing.elsewhere:
        where = urlsplit(hook.address or "").netloc
        topics = ", ".join(sorted(hook.topics))
        say(
            f"  ở nơi khác {topics}: {where}; giữ nguyên, hãy xóa ở cửa hàng nếu không còn dùng",
            f"  elsewhere  {topics}: {where}; left alone, delete it in the shop if nothing uses it",
        )


def _remember(opened: Opened, shop: Shop, address: str, topics: tuple[str, ...]) -> None:
    with opened.store.write() as conn:
        remember_hooks(conn, shop.source.id, address, topics)
    keep_alarm(opened.store, f"{ALARM}:{shop.source.id}", False, {}, now())


def _await(opened: Opened, source_id: str, started: datetime, refused: int, wait: int) -> None:
    """Say when the first delivery came, or that what came was refused."""
    if wait:
        say(
            f"chờ tin đầu tiên, nhiều nhất {wait} giây: hãy đặt một đơn thử ở cửa hàng (Ctrl-C để thôi chờ)",
            f"waiting up to {wait} s for the first delivery: place a test order in the shop (Ctrl-C ends the wait)",
            err=True,
        )
    until = time.monotonic() + wait
    while time.monotonic() < until:
        with opened.store.read() as conn:
            came = received_since(conn, source_id, started)
        if came is not None:
            seconds = max(0, round((came - started).total_seconds()))
            say(f"đã nhận sau {seconds} giây", f"received after {seconds} s")
            return
        if _refusals(opened, source_id) > refused:
            raise failure(
                "có tin đến nhưng bị từ chối: hãy so khóa bí mật, xem: python -m bridge sources",
                "a delivery came and was refused: compare the secret, look at: python -m bridge sources",
            )
        time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))
    if wait:
        say(
            "chưa có tin nào; webhook đã đăng ký, tin sẽ đến khi có đơn: python -m bridge sources",
            "nothing came yet; the webhooks are registered, and the next order will: python -m bridge sources",
        )


def _refusals(opened: Opened, source_id: str) -> int:
    with opened.store.read() as conn:
        return sum(row["count"] for row in read_refusals(conn) if row["source"] == source_id)
