"""Each example view answers 200, then 304 to whoever has the feed already."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import feedparser  # type: ignore[import-untyped]
import httpx
import pytest

import feedkit

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
FRAMEWORKS = ("django", "flask", "fastapi")


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


Get = Callable[[str, dict[str, str]], Answer]


@pytest.fixture
def get(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Get]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield {"django": make_django, "flask": make_flask, "fastapi": make_fastapi}[request.param]()
    for name in ("articles", "django_view", "flask_view", "fastapi_view"):
        sys.modules.pop(name, None)


def make_django() -> Get:
    from django.conf import settings
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8", ALLOWED_HOSTS=["*"])
    from django.urls import resolve

    def get(path: str, headers: dict[str, str]) -> Answer:
        view, arguments, named = resolve(path, "django_view")
        response = view(RequestFactory().get(path, headers=headers), *arguments, **named)
        return Answer(response.status_code, response.headers, response.content)

    return get


def make_flask() -> Get:
    from flask_view import app

    def get(path: str, headers: dict[str, str]) -> Answer:
        response = app.test_client().get(path, headers=headers)
        return Answer(response.status_code, dict(response.headers), response.data)

    return get


def make_fastapi() -> Get:
    from fastapi_view import app

    async def ask(path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers=headers)

    def get(path: str, headers: dict[str, str]) -> Answer:
        response = asyncio.run(ask(path, headers))
        return Answer(response.status_code, response.headers, response.content)

    return get


@pytest.mark.parametrize("get", FRAMEWORKS, indirect=True)
@pytest.mark.parametrize("form", feedkit.FORMATS)
def test_a_view_answers_with_the_feed_and_then_with_304(get: Get, form: feedkit.Format) -> None:
    address = f"/feeds/t/harbour/{NAMES[form]}"
    first = get(address, {})
    assert first.status == 200
    assert first.headers["Content-Type"].endswith("; charset=utf-8")
    assert read_titles(first.body, form) == [f"The harbour on day {day}" for day in (3, 2, 1)]
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        second = get(address, {header: value})
        assert (second.status, second.body) == (304, b"")
        assert second.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("get", FRAMEWORKS, indirect=True)
def test_a_view_answers_in_full_to_whoever_has_another_feed(get: Get) -> None:
    assert get("/feeds/t/harbour/atom.xml", {"If-None-Match": '"another"'}).status == 200


@pytest.mark.parametrize("get", FRAMEWORKS, indirect=True)
@pytest.mark.parametrize("form", feedkit.FORMATS)
def test_a_view_serves_a_feed_at_the_address_that_the_feed_names(
    get: Get, form: feedkit.Format
) -> None:
    body = get(f"/feeds/t/harbour/{NAMES[form]}", {}).body
    address = f"https://example.org/feeds/t/harbour/{NAMES[form]}".encode()
    assert address in body


@pytest.mark.parametrize("name", ["django_view", "flask_view", "fastapi_view"])
def test_a_view_has_at_most_ten_lines(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text()
    view = text[text.index("def topic_feed") :].partition("\n\n")[0]
    assert len(view.splitlines()) <= 10


def read_titles(body: bytes, form: feedkit.Format) -> list[str]:
    if form == "json":
        return [item["title"] for item in json.loads(body)["items"]]
    return [entry.title for entry in feedparser.parse(body).entries]
