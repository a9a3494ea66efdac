"""Each example view answers 200, then 304 to whoever has the feed already; cron is silent."""

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import feedparser  # type: ignore[import-untyped]
import httpx
import pytest

import feedkit
from commands import COMMAND, Run, record
from paths import ROOT

EXAMPLES = ROOT / "examples"
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


def run_cron(folder: Path, day: str) -> Run:
    """Run one line of the crontab, of ``*`` or of a day of the week, as cron does: knowing little.

    Its paths are below `folder`.
    """
    lines = (EXAMPLES / "crontab").read_text()
    (line,) = re.findall(rf"^\S+ \S+ \S+ \S+ {re.escape(day)}  +(/opt.*)$", lines, re.MULTILINE)
    line = line.replace("/opt/feedkit/bin/feedkit", shlex.quote(str(COMMAND)))
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("/srv", shlex.quote(str(folder)))],
        cwd="/", env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(EXAMPLES.parent / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """Return a folder with the examples' content, published once."""
    shutil.copytree(EXAMPLES / "content", tmp_path / "content")
    shutil.copy(EXAMPLES / "feedkit.toml", tmp_path)
    assert run_cron(tmp_path, "*") == (0, "", "")
    assert (tmp_path / "www/feeds/all/atom.xml").exists()
    return tmp_path


def test_cron_says_a_problem_at_every_run_and_is_silent_again_when_it_is_mended(
    served: Path,
) -> None:
    bad = served / "content/bad.md"
    bad.write_text(record("Bad", date="soon"))
    first, second = run_cron(served, "*"), run_cron(served, "*")
    assert first == second
    assert (first.status, first.out) == (1, "")
    assert first.err.startswith(f"{bad}:4: date: expected a date")
    bad.unlink()
    assert run_cron(served, "*") == (0, "", "")


def test_cron_tells_of_a_feed_without_an_article_until_it_is_pruned(served: Path) -> None:
    lone = served / "content/lone.md"
    lone.write_text(record("Lone", topics="[Whales]"))
    assert run_cron(served, "*") == (0, "", "")
    lone.unlink()
    for _ in range(2):
        told = run_cron(served, "*")
        assert (told.status, "topics/whales: no article is left" in told.err) == (1, True)
    assert run_cron(served, "1").status == 0
    assert run_cron(served, "*") == (0, "", "")
    assert not (served / "www/feeds/topics/whales").exists()
