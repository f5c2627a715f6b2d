"""Marketplaces, which keep their buyers' numbers to themselves: known by the channel that an order came through.

Pure. Shop software relays their orders (Nhanh.vn, Sapo GO, Pancake POS, KiotViet, Haravan) under names of its own:
"Shopee", "shopee_chat", "TikTok Shop", "Sàn TMĐT".
"""

from __future__ import annotations

from bridge.core.folding import fold

_TITLES = {
    "shopee": "Shopee",
    "lazada": "Lazada",
    "tiktok": "TikTok Shop",
    "tiktokshop": "TikTok Shop",
    "tiki": "Tiki",
    "sendo": "Sendo",
}
_ANY = ("marketplace", "san tmdt", "san thuong mai dien tu")


def find_marketplace(*channels: str | None) -> str | None:
    """The marketplace that one of these names means: its title, "" for one that is not named, None for none.

    channels   an order's channel in the platform's words, or a platform's name; None is no name
    """
    texts = [fold(channel) for channel in channels if channel]
    named = (_TITLES[word] for text in texts for word in text.split() if word in _TITLES)
    title = next(named, None)
    if title is None and any(f" {word} " in f" {text} " for text in texts for word in _ANY):
        return ""
    return title


def telling_channel(*channels: str | None) -> str | None:
    """Of a platform's names for where an order came from, the first that means a marketplace; else the first at all."""
    named = [channel for channel in channels if channel]
    return next((channel for channel in named if find_marketplace(channel) is not None), next(iter(named), None))
