"""Reports of more orders than are counted while a person waits: the newest are shown, and said what is missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.settings import read_config
from bridge.store import Store, open_store
from bridge.store.reports import report
from bridge.store.reports.report_days import count_days
from bridge.web import create_app
from bridge.web.console import visit
from tests.bench.filling import fill
from tests.people import PASSWORD, form
from tests.processes import configure

SIGN_IN = "/console/sign-in"
UNFINISHED = {
    "vi": r"Chưa đếm xong: các đơn nhận trước \d\d:\d\d \d\d/\d\d/\d{4} còn đang được đếm, nên báo cáo này chưa đủ\.",
    "en": r"Not all is counted yet: orders that came before \d{4}-\d\d-\d\d \d\d:\d\d are still being counted",
}
OF_RULES = {"vi": r"Đơn nhận trước \d\d:\d\d ", "en": r"Orders that came before .{6,12}, \d\d:\d\d are still being"}

Look = Callable[[str, str], str]


@pytest.fixture
def store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """Sixty orders of thirty days, of which nobody has counted a day."""
    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    configure(url)
    fill(url, range(60), datetime.now(UTC), apart=timedelta(hours=12))
    with closing(open_store(url)) as store:
        yield store


@pytest.fixture
def look(store: Store) -> Look:
    """What the admin sees at an address in a language."""
    app = create_app(read_config({"BRIDGE_SECRET_KEY": "k" * 32, "CONSOLE_PASSWORD": PASSWORD}), store)
    client = app.test_client()
    hidden = form(client.get(SIGN_IN).text, SIGN_IN)
    assert client.post(SIGN_IN, data={**(hidden or {}), "name": "admin", "password": PASSWORD}).status_code == 303
    return lambda address, language: client.get(address, headers={"Accept-Language": language}).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_report_says_which_orders_are_not_counted_yet(
    store: Store, look: Look, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {
        "/console/reports?span=90d": UNFINISHED,
        "/console/reports/file?span=90d": UNFINISHED,
        "/console/rules": OF_RULES,
    }
    for address, sentence in pages.items():
        assert not re.search(sentence[language], look(address, language))
    monkeypatch.setattr(report, "AT_ONCE", 10)
    monkeypatch.setattr(visit, "COUNTING_SECONDS", 0)
    for address, sentence in pages.items():
        assert re.search(sentence[language], look(address, language))
    some = {"vi": "Có 10 đơn, đã gọi 10.", "en": "10 orders came, and 10 were called."}[language]
    every = some.replace("10", "60")
    assert some in look("/console/reports?span=90d", language)
    assert count_days(store, datetime.now(UTC), lambda: 0.0, 1.0)
    for address, sentence in pages.items():
        assert not re.search(sentence[language], look(address, language))
    assert every in look("/console/reports?span=90d", language)
