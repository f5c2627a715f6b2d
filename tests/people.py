"""Somebody at the console: a browser's cookies and forms, over real HTTP."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import requests

PASSWORD = "password-of-the-first-admin"


class Person(requests.Session):
    """A browser without scripts. What it gets and sends is relative to the console's address."""

    def __init__(self, port: int, language: str = "en") -> None:
        super().__init__()
        self.base = f"http://127.0.0.1:{port}"
        self.headers["Accept-Language"] = language

    def request(self, method: str | bytes, url: str | bytes, *arguments: Any, **options: Any) -> requests.Response:
        address = str(url)
        return super().request(method, address if "://" in address else self.base + address, *arguments, **options)

    def sign_in(self, name: str = "admin", password: str = PASSWORD, **more: str) -> requests.Response:
        return self.fill("/console/sign-in", "/console/sign-in", name=name, password=password, **more)

    def fill(self, page: str, action: str, **values: Any) -> requests.Response:
        """Load this page, and send its form that leads to `action` with what is hidden in it and these values."""
        found = self.get(page)
        hidden = form(found.text, action)
        assert hidden is not None, f"no form of {page} ({found.status_code}) leads to {action}"
        return self.post(action, data={**hidden, **values})


def form(html: str, action: str) -> dict[str, str] | None:
    """The hidden fields of the form that leads there; None where there is none."""
    for one in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
        leads = re.search(r'action="([^"]*)"', one)
        if leads and unescape(leads[1]) == action:
            return {unescape(name): unescape(value) for name, value in _HIDDEN.findall(one)}
    return None


_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


class Seen(HTMLParser):
    """What a browser makes of a page: its text, its elements, and the attributes that run or load something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)
