"""Every page and every route: for each role, in both languages, with hostile text; and what templates may hold."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.lib.passwords import hash_password
from bridge.store import open_store
from bridge.store.people.users import ROLES, add_user
from bridge.web.console.app import list_pages
from bridge.web.console.visit import Page, Route
from tests.people import Person, Seen
from tests.processes import Site

SECRET = "a-password-of-the-test"
CONSOLE = Path(__file__).parents[3] / "bridge" / "web" / "console"
TEMPLATES = sorted((CONSOLE / "templates").glob("*.html"))
PAGES = list_pages()
ROUTES = [(page, route) for page in PAGES for route in page.routes]
# What stands for an id in an address that this test asks for; nothing has it.
NOBODY = "424242"


@pytest.fixture(scope="module")
def people(site: Site) -> Iterator[dict[str, Person]]:
    """Somebody of each role, signed in; and somebody who is not."""
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as store, store.write() as conn:
        for role in ROLES:
            add_user(conn, f"the-{role}", role, hash_password(SECRET), datetime.now(UTC))
    found = {role: Person(site.port) for role in ROLES}
    for role, person in found.items():
        assert person.sign_in(f"the-{role}", SECRET).status_code == 200
    yield {**found, "nobody": Person(site.port)}
    for person in found.values():
        person.close()


def address(route: Route) -> str:
    return re.sub(r"<[^>]*>", NOBODY, route.rule)


def test_each_route_is_refused_below_its_role_and_leads_nobody_past_the_sign_in(people: dict[str, Person]) -> None:
    assert {page.place for page in PAGES if page.place is not None}
    for _, route in ROUTES:
        for role, person in people.items():
            method = "POST" if route.is_post else "GET"
            answer = person.request(method, address(route), allow_redirects=False)
            about = f"{method} {route.rule} as {role}"
            if role == "nobody":
                assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (
                    303,
                    "/console/sign-in",
                ), about
            elif ROLES.index(role) < ROLES.index(route.role):
                assert answer.status_code == 403, about
            elif route.is_post:
                assert answer.status_code == 400, about  # its form's token is missing
            else:
                assert answer.status_code in (200, 303, 404), about


def test_a_route_that_changes_something_needs_more_than_a_viewer() -> None:
    assert [route.rule for _, route in ROUTES if route.is_post and route.role == "viewer"] == []
    assert [route.rule for _, route in ROUTES if not (route.rule == "/" or route.rule.startswith("/console/"))] == []


def test_a_page_that_no_link_leads_to_marks_the_link_that_it_belongs_under(people: dict[str, Person]) -> None:
    reached = {page.name: page.routes[0].rule for page in PAGES if page.place is not None}
    assert [page.name for page in PAGES if page.place is None and page.under not in reached] == []
    marked = people["admin"].get("/console/new-source").text
    assert f'<a href="{reached["sources"]}" aria-current="page">' in marked


@pytest.mark.parametrize("page", [page for page in PAGES if page.place is not None], ids=lambda page: page.name)
def test_a_page_is_whole_in_both_languages_and_loads_nothing_from_elsewhere(
    page: Page, people: dict[str, Person]
) -> None:
    titles = []
    for language in ("vi", "en"):
        answer = people["admin"].get(page.routes[0].rule, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert len(answer.content) < 60_000
        seen = Seen(answer.text)
        titles.append(re.search(r"<title>(.*?)</title>", answer.text)[1])  # type: ignore[index]
        assert seen.tags.count("h1") == 1 and seen.tags.count("main") == 1
        loads = [value for name, value in seen.attributes if name in ("src", "href", "action", "hx-get", "hx-post")]
        assert [value for value in loads if not value.startswith(("/", "#"))] == []
        assert not [name for name, _ in seen.attributes if name.startswith("on") or name == "style"]
        assert seen.tags.count("style") == 0
        assert f'aria-current="page">{page.title[language == "en"]}</a>' in answer.text
    assert titles[0] != titles[1]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_in_one_language_only(template: Path) -> None:
    """Whatever a person reads stands in text(vietnamese, english), or comes from a registry."""
    source = template.read_text(encoding="utf-8")
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    seen = Seen(re.sub(r"<code>.*?</code>", "", bare, flags=re.DOTALL))
    said = [*seen.words, *(value for name, value in seen.attributes if name in _SAID)]
    assert [words.strip() for words in said if re.search(r"[^\W\d_]", words.replace("VBot Bridge", ""))] == []
    assert "|safe" not in source.replace(" ", "") and "autoescape" not in source
    for vietnamese, english in re.findall(r'text\(\s*"([^"]*)",\s*"([^"]*)"', source):
        assert vietnamese != english, vietnamese


_SAID = ("title", "alt", "placeholder", "aria-label", "label")


def test_what_others_wrote_is_vendored_as_its_list_says() -> None:
    vendor = CONSOLE / "static" / "vendor"
    listed = dict(re.findall(r"^(\S+\.(?:js|css)) .* ([0-9a-f]{64})$", (vendor / "VERSIONS.txt").read_text(), re.M))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in vendor.glob("*.[jc]s*")}
    assert found == listed
    assert all(list(vendor.glob(f"{name.partition('.')[0]}.LICENSE.txt")) for name in found)
