"""Tags that a shop has made, each with a number: an order is given them by their numbers, people know their names."""

from __future__ import annotations

from bridge.core.model import Json, Write
from bridge.core.platform import CannotWrite, Refusal
from bridge.platforms.shared.values import find, find_text
from bridge.platforms.shared.write_back import tag_key

TAG_MADE = ("một thẻ đã tạo sẵn ở cửa hàng, theo tên", "a tag that the shop has made, by its name")


def merge_numbers(tags: list[Json], known: list[Json], write: Write) -> list[Json]:
    """The numbers of an order's tags as they are to be: ours beside those of others, those of an earlier result gone.

    Shapes   tags, known: of the order and of the shop, each {id, name}
    Errors   CannotWrite write_unknown_name: the shop has no tag of this name
    """
    mine = next((tag for tag in known if _name(tag) == tag_key(write.text)), None)
    if mine is None:
        raise CannotWrite(Refusal("write_unknown_name", write.text))
    gone = {tag_key(name) for name in write.instead}
    return [*(find(tag, "id") for tag in tags if _name(tag) not in gone), find(mine, "id")]


def _name(tag: Json) -> str:
    return tag_key(find_text(tag, "name") or "")
