"""sources connect, sources repair: register a source's webhooks through its shop's API, and wait for what comes."""

from __future__ import annotations

from collections.abc import Mapping

import click

from bridge.cli.shared.arguments import nearest_hint
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import yes_option
from bridge.cli.shared.database import open_bridge
from bridge.cli.shared.language import failure, misuse, text
from bridge.cli.shared.printing import clean
from bridge.core.platform import Shop

url_option = option(
    "--url",
    metavar="ADDRESS",
    help=(
        "Địa chỉ công khai của bridge, như https://goi.example.vn; lần sau không cần ghi lại.",
        "The bridge's public address, such as https://calls.example.com; needed once.",
    ),
)
wait_option = option(
    "--wait",
    type=click.IntRange(0, 3600),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help=("Chờ tin đầu tiên bao lâu.", "How long to wait for the first delivery."),
)


@command(
    "connect",
    (
        "Đăng ký webhook của một cửa hàng qua API của nền tảng, rồi chờ tin đầu tiên.\n\n"
        "Cho xem sẽ làm gì và hỏi trước. Chạy lại không đăng ký trùng.",
        "Register a shop's webhooks through its platform's API, and wait for the first delivery.\n\n"
        "It shows what it would do, and asks first. Run twice, it registers nothing twice.",
    ),
)
@click.argument("platform_name", metavar="PLATFORM")
@option(
    "--source",
    "source_id",
    metavar="ID",
    help=("Nguồn nào, khi có nhiều nguồn.", "Which source, where there are several."),
)
@url_option
@wait_option
@yes_option
def connect_command(platform_name: str, source_id: str | None, url: str | None, wait: int, yes: bool) -> None:
    from bridge.cli.shared.shops.registering import bring  # noqa: PLC0415  HTTP, which no look-up needs

    opened = open_bridge()
    with opened.store.read() as conn:
        catalog = opened.catalogs.read(conn)
    shops = {name: shop for name in catalog.sources if (shop := catalog.shop(name))}
    bring(opened, _chosen(shops, platform_name, source_id), url, wait, yes=yes)


def _chosen(shops: Mapping[str, Shop], platform_name: str, source_id: str | None) -> Shop:
    """The one source that is meant. Errors: misuse, which says what to write."""
    from bridge.platforms import find_platform  # noqa: PLC0415  every platform, which no look-up needs

    if find_platform(platform_name) is None:
        raise _no_platform(shops, platform_name)
    fitting = [shop for shop in shops.values() if shop.platform.name == platform_name]
    chosen = [shop for shop in fitting if source_id in (None, shop.source.id)]
    if len(chosen) == 1:
        return chosen[0]
    if not fitting:
        raise misuse(
            f"chưa có nguồn {platform_name} nào; hãy viết vào một tệp rồi chạy: python -m bridge apply FILE",
            f"there is no source of {platform_name} yet; write one to a file and run: python -m bridge apply FILE",
        )
    names = ", ".join(shop.source.id for shop in fitting)
    if source_id is not None:
        raise misuse(
            f"không có nguồn {platform_name} nào là {source_id}; hiện có: {names}",
            f"no source of {platform_name} is called {source_id}; there is: {names}",
        )
    raise misuse(
        f"có {len(fitting)} nguồn {platform_name}, hãy viết --source với một trong: {names}",
        f"there are {len(fitting)} sources of {platform_name}; write --source with one of: {names}",
    )


def _no_platform(shops: Mapping[str, Shop], written: str) -> click.ClickException:
    """It may be the id of a source."""
    from bridge.platforms import list_platforms  # noqa: PLC0415  every platform, which no look-up needs

    shop, shown = shops.get(written), clean(written)
    if shop is not None:
        command = f"python -m bridge sources connect {shop.platform.name} --source {shop.source.id}"
        return misuse(
            f"{shown} là một nguồn, không phải nền tảng; hãy viết: {command}",
            f"{shown} is a source, not a platform; write: {command}",
        )
    hint = nearest_hint(written, [platform.name for platform in list_platforms()])
    return misuse(f"không có nền tảng nào tên là {shown}; {hint}", f"no platform is called {shown}; {hint}")


@command(
    "repair",
    (
        "Đăng ký lại webhook đã mất, bị tắt hoặc trỏ sai chỗ của một nguồn. Cho xem sẽ làm gì và hỏi trước.",
        "Register a source's webhooks again where they are gone, off or lead elsewhere. It shows the plan, and asks.",
    ),
)
@click.argument("source_id", metavar="SOURCE")
@url_option
@wait_option
@yes_option
def repair_command(source_id: str, url: str | None, wait: int, yes: bool) -> None:
    from bridge.cli.shared.shops.registering import bring  # noqa: PLC0415  HTTP, which no look-up needs

    opened = open_bridge()
    with opened.store.read() as conn:
        catalog = opened.catalogs.read(conn)
    shop = catalog.shop(source_id)
    if shop is None:
        names = ", ".join(catalog.sources) or text("không có", "none")
        raise failure(
            f"không có nguồn {source_id}; các nguồn: {names}", f"there is no source {source_id}; there is: {names}"
        )
    bring(opened, shop, url, wait, yes=yes)
