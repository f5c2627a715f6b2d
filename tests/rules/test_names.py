"""Names that people bring from elsewhere lead to ours, and hide none of them."""

from __future__ import annotations

from bridge.platforms import list_platforms
from bridge.rules import filters, names
from bridge.rules.shapes import event_shape, paths_of


def test_every_foreign_path_leads_to_one_of_ours_and_is_none() -> None:
    known = set(paths_of(event_shape()))
    for paths in (names.PATHS, *(platform.names for platform in list_platforms())):
        assert set(paths.values()) <= known
        assert not known & paths.keys()


def test_every_foreign_filter_leads_to_one_of_ours_and_is_none() -> None:
    assert set(names.FILTERS.values()) <= filters.FILTERS.keys()
    assert not filters.FILTERS.keys() & names.FILTERS.keys()
