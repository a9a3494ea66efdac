"""What subscribers see of a site that changes, and of one that moves."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

import feedkit
from clients import ATOM, FORMS, JSON, RSS
from readers.server import Site
from readers.subscribers import InMail, InNewsboat, InReader, News, Subscriber
from tides import NOW, write

Subscriptions = Mapping[str, tuple[Callable[[str, Path], Subscriber], tuple[str, ...]]]
#: Those who keep articles, and can tell what is unread.
KEEPERS: Subscriptions = {
    "newsboat": (InNewsboat, (ATOM, RSS)),
    "reader": (InReader, FORMS),
}
SUBSCRIBERS: Subscriptions = {**KEEPERS, "rss2email": (InMail, (ATOM, RSS))}
OLD, NEW = "old.example", "new.example"

#: The record that changes: no other lists it or is listed by it but by a title of its own.
_RECORD = "news/2026-04-21-why-link-and-rel-matter.md"
_TITLE = 'title: "Why <link> & \\"rel\\" matter"'
ADDED_ID = uuid5(NAMESPACE_URL, "https://notes.example.com/added/").urn
LATER = datetime(2026, 12, 1, tzinfo=UTC)
_ADDED = """---
title: Added
webUrl: https://notes.example.com/added/
publishedDateTime: 2026-11-01T08:00:00Z
topics: [Feeds]
---
"""

#: What each step brings; what a reader makes of it otherwise stands in `_OWN`.
_STEPS = {
    "first": News(new=0, changed=0),  # all that there is
    "nothing": News(new=0, changed=0),
    "title": News(new=0, changed=1),
    "text": News(new=0, changed=1),
    "added": News(new=1, changed=0, unread=1),
    "withdrawn": News(new=0, changed=0),
}
_OWN = {
    # 3.13.1 feed.py:573 `_get_entry_hash`: of content, not of titles.
    ("rss2email", "title"): News(new=0, changed=0),
    ("rss2email", "added"): News(new=1, changed=0),  # mail is read elsewhere
}
#: How a second request is answered: newsboat 2.21 sends no validators from its command line.
_STATUS = {"newsboat": 200}


def change_records(content: Path, step: str) -> None:
    """Do to the records what the step is named after."""
    record = content / _RECORD
    text = record.read_text("utf-8")
    if step == "title":
        record.write_text(text.replace(_TITLE, "title: Renamed"), "utf-8")
    if step == "text":
        record.write_text(text.replace('excerpt: "One line', 'excerpt: "Just one line'), "utf-8")
    if step == "added":
        (content / "added.md").write_text(_ADDED, "utf-8")
    if step == "withdrawn":
        (content / "added.md").write_text(
            _ADDED.replace("title:", "removed: true\ntitle:"), "utf-8"
        )


class Told(NamedTuple):
    """What a step of a story brought to somebody, and what it should have."""

    who: str
    step: str
    got: object
    wanted: object

    def __str__(self) -> str:
        said = f"{self.who:20}  {self.step:20}  {self.got}"
        return said if self.got == self.wanted else f"{said}: WRONG, wanted {self.wanted}"


def tell_changes(
    demo: Path, site: Site, work: Path, readers: Subscriptions = SUBSCRIBERS
) -> Iterator[Told]:
    """Change a copy of the demo step by step, all reading the combined feed after each."""
    content, settings = work / "content", feedkit.load_config(work / "feedkit.toml")
    shutil.copytree(demo, content)
    people = _subscribe(f"{site.url}all/", work / "changes", readers)
    for step, wanted in _STEPS.items():
        change_records(content, step)
        feedkit.build(content, work / "site", settings, now=LATER)
        held = _read_ids(work / "site" / "all" / JSON)
        for (name, form), person in people.items():
            site.take_log()
            news = person.fetch()
            status = {request.status for request in site.take_log()}
            due = _OWN.get((name, step), wanted)
            if step == "first":
                due = News(len(held), 0, len(held) if name in KEEPERS else 0)
            yield Told(f"{name} {form}", step, news, due)
            if step == "nothing":
                yield Told(f"{name} {form}", "status", status, {_STATUS.get(name, 304)})
        if step == "withdrawn":
            yield Told("a new subscriber", step, ADDED_ID in held, wanted=False)


def tell_move(site: Site, work: Path) -> Iterator[Told]:
    """Move the articles to https, then, not saying and saying so, to another domain."""
    plain = feedkit.Config(site=feedkit.Site(title="Harbour", url=f"{site.url}harbour/"))
    moved = feedkit.Config(site=plain.site, moved={f"https://{OLD}/": f"https://{NEW}/"})
    steps = [
        ("https", f"https://{OLD}", plain, f"https://{OLD}"),
        ("unsaid", f"https://{NEW}", plain, f"https://{OLD}"),
        ("moved", f"https://{NEW}", moved, f"https://{NEW}"),
    ]
    _publish(work, f"http://{OLD}", plain)
    people = _subscribe(f"{site.url}harbour/all/", work / "moves", KEEPERS)
    for person in people.values():
        person.fetch()
    for step, start, config, wanted in steps:
        status = _publish(work, start, config)
        yield Told("feedkit", step, status, 3 if step == "unsaid" else 0)
        for (name, form), person in people.items():
            news = person.fetch()
            got = news.new, news.unread, person.list_hosts()
            yield Told(f"{name} {form}", step, got, (0, 0, {wanted}))


def _publish(work: Path, start: str, config: feedkit.Config) -> int:
    for number in range(10):
        write(work / "harbour", number, url=f"{start}/{number}")
    return feedkit.build(work / "harbour", work / "site" / "harbour", config, now=NOW).exit_status


def _read_ids(feed: Path) -> set[str]:
    return {item["id"] for item in json.loads(feed.read_bytes())["items"]}


def _subscribe(url: str, work: Path, readers: Subscriptions) -> dict[tuple[str, str], Subscriber]:
    return {
        (name, form): subscribe(f"{url}{form}", work / name / form)
        for name, (subscribe, forms) in readers.items()
        for form in forms
    }
