"""The catalog on both databases: a source and its platform are found together, or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bridge.fake_vbot import FakeVBot
from bridge.monitor.source_health import describe_sources
from bridge.platforms import find_platform
from bridge.receive.webhook import UnknownSource
from bridge.store import Store
from bridge.store.configuration.catalog import Catalog, touch_catalog
from bridge.store.db.tables import sources
from tests.stage import NOW, Stage, order


def read(stage: Stage) -> Catalog:
    with stage.store.read() as conn:
        return stage.catalogs.read(conn)


def test_a_source_comes_with_its_platform(store: Store, vbot: FakeVBot) -> None:
    shop = read(Stage(store, vbot)).shop("shop")
    assert shop is not None
    assert (shop.source.id, shop.platform) == ("shop", find_platform("generic"))


def test_an_id_that_no_source_has_gives_no_shop(store: Store, vbot: FakeVBot) -> None:
    assert read(Stage(store, vbot)).shop("nobody") is None


def test_a_source_whose_platform_is_not_in_this_version_is_listed_and_receives_nothing(
    store: Store, vbot: FakeVBot
) -> None:
    stage = Stage(store, vbot)
    with store.write() as conn:
        document = conn.execute(select(sources.c.document).where(sources.c.id == "shop")).scalar_one()
        later = {"platform": "of_a_later_version", "document": {**document, "platform": "of_a_later_version"}}
        conn.execute(sources.update().where(sources.c.id == "shop").values(later))
        touch_catalog(conn)
    catalog = read(stage)
    assert catalog.shop("shop") is None
    with store.read() as conn:
        described = {one["id"]: (one["title"], one["fetch"]) for one in describe_sources(conn, catalog, NOW)}
    assert described["shop"] == ("of_a_later_version", None)
    with pytest.raises(UnknownSource):
        stage.send("order.created", order())
