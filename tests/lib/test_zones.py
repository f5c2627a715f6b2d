"""The names of time zones."""

from __future__ import annotations

from bridge.lib.zones import zone_names


def test_every_zone_is_there_by_its_iana_name_and_nothing_else() -> None:
    assert {"UTC", "Asia/Ho_Chi_Minh", "Asia/Saigon"} <= zone_names()
    assert {"", "posixrules", "Asia", "asia/saigon", "../UTC"}.isdisjoint(zone_names())


def test_the_files_of_the_zones_are_searched_once() -> None:
    assert zone_names() is zone_names()
