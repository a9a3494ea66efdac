"""Whatever changes between two builds, the second publishes what a first one would."""

import json
import os
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import Phase, event, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from feedkit import (
    About,
    Config,
    Exclude,
    FeedSettings,
    Ids,
    PublishSettings,
    Report,
    Site,
    WebSub,
    build,
    plan,
    update,
)
from feedkit.build import changes
from feedkit.text.urls import article_id

SITE = Site(title="Example", url="https://example.org/feeds/")
START = datetime(2026, 3, 1, tzinfo=UTC)
URLS = [f"https://example.org/{name}" for name in "abcdefgh"]
#: Other spellings of the first ones.
SPELLINGS = [
    *("https://example.org/%61", "https://example.org/x/../a", "http://example.org/a"),
    *("https://example.org/%62", "https://example.org/./c"),
]
ADDRESSES = [*URLS, *URLS, *SPELLINGS]
TITLES = ["One", "Two", "Three", "two!"]
DATES = [(START + timedelta(days=days)).isoformat() for days in (0, 1, 1, 2, 3, 9)]
TOPICS = ["Sun", "sun", "Wind", "Rain & Hail"]
PROVIDERS = [
    None,
    {"name": "Daily", "domain": "daily.example"},
    {"name": "The Daily", "domain": "daily.example"},
    {"name": "Weekly"},
    {"name": "Video", "domain": "youtube.com"},
]
IDS = [
    *(None, None, None, None, None, "own", "tag:example.org,2026:1", "http://example.org/?p=1"),
    # Of nobody; of the first address, and of another spelling of it; the second address itself.
    *("urn:uuid:c2a3a0b5-6d8c-5d64-9ee0-3c1ad0f2a7b1", article_id(URLS[0])),
    *(article_id(SPELLINGS[0]), URLS[1]),
]
STATES: list[dict[str, object]] = [
    {},
    {},
    {},
    {},
    {},
    {"published": False},
    {"draft": True},
    {"removed": True},
    {"status": "private"},
    {"status": "publish"},
    {"hidden": "maybe"},
    {"hidden": ["a"]},
    {"publishDate": DATES[2]},
    {"publishDate": DATES[5]},
    {"expiryDate": DATES[4]},
    {"expiryDate": DATES[5], "publishDate": DATES[4]},
    {"publishDate": "03/05/2026"},
]

_items = st.fixed_dictionaries(
    {
        "url": st.sampled_from(ADDRESSES),
        "title": st.sampled_from(TITLES),
        "date": st.sampled_from(DATES),
        "provider": st.sampled_from(PROVIDERS),
    },
    optional={"updated": st.sampled_from(DATES)},
)
_records = st.builds(
    lambda base, own, state, updated, items: {
        **base,
        **({"id": own} if own else {}),
        **({"updated": updated} if updated else {}),
        **state,
        "related": items,
    },
    st.fixed_dictionaries(
        {
            "url": st.sampled_from(ADDRESSES),
            "title": st.sampled_from(TITLES),
            "date": st.sampled_from(DATES),
            "provider": st.sampled_from(PROVIDERS),
            "topics": st.lists(st.sampled_from(TOPICS), max_size=2, unique=True),
        }
    ),
    st.sampled_from(IDS),
    st.sampled_from(STATES),
    st.sampled_from([None, None, *DATES]),
    st.lists(_items, max_size=4),
)
_names = st.sampled_from([f"{number}.md" for number in range(8)])
#: Files that hold several records.
LISTS = ["a.json", "b.json"]
_settings = st.builds(
    FeedSettings,
    limit=st.integers(1, 4),
    max_related=st.integers(0, 3),
    related=st.sampled_from(
        ["entries", "entries", "links", "none", {"providers": "links"}, {"topics": "links"}]
    ),
    retold=st.sampled_from(["links", "entries"]),
    roll_up=st.booleans(),
    max_resurfaced=st.sampled_from([0, 0, 0, 5]),
    providers=st.sampled_from(["providers/{slug}", False]),
    min_articles=st.sampled_from([0, 0, 0, 1, 2]),
    max_feeds=st.sampled_from([20_000, 20_000, 20_000, 3, 6]),
)
_exclusions = st.sampled_from(
    [Exclude(), Exclude(), Exclude(urls=(SPELLINGS[3],)), Exclude(providers=("Weekly",))]
)
_redirects = st.sampled_from(
    [{}, {}, {"old": "topics/sun"}, {"topics/wind": "topics/sun", "wind": "topics/wind"}]
)
_ids = st.sampled_from(
    [
        *(Ids(), Ids(), Ids(), Ids(style="url"), Ids(given={URLS[2]: "tag:example.org,2026:1"})),
        Ids(given={SPELLINGS[-1]: "tag:example.org,2020:c", URLS[3]: article_id(URLS[0])}),
    ]
)
_moves = st.sampled_from(
    [
        *({}, {}, {}, {URLS[3]: URLS[4]}, {"https://example.org/": "https://e.example/"}),
        {"https://example.org/%61": "https://example.org/b"},
    ]
)
_abouts = st.sampled_from(
    [{}, {"Sun": About(parent="Sky")}, {"sun": About(parent="Wind"), "Wind": About(slug="air")}]
)
_hubs = st.sampled_from([WebSub(), WebSub(), WebSub(hub="https://hub.example/")])
_configs = st.builds(
    Config,
    site=st.just(SITE),
    feeds=_settings,
    exclude=_exclusions,
    redirects=_redirects,
    ids=_ids,
    moved=_moves,
    topics=_abouts,
    publish=st.builds(PublishSettings, precompress=st.booleans(), stylesheet=st.booleans()),
    websub=_hubs,
)


#: A first build compares nothing either.
ALLOWED: dict[str, Any] = {"allow_resurface": True, "allow_shrink": True}


class Years(RuleBasedStateMachine):
    """A folder of records that is edited and built, again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.content = self.top / "content"
        self.content.mkdir()
        #: Files of lists are read where they are named.
        self.sources = [self.content, *(self.content / name for name in LISTS)]
        for name in LISTS:
            (self.content / name).write_text("[]")
        self.config = Config(site=SITE)
        self.now = START + timedelta(days=4)
        self.resolution = changes.RESOLUTION
        # The stamps of the file system that tests run on are finer than the coarsest there are: so
        # most files are settled, and a build that changes nothing sees that at once.
        changes.RESOLUTION = 20_000_000

    def teardown(self) -> None:
        changes.RESOLUTION = self.resolution
        shutil.rmtree(self.top)

    @initialize(records=st.lists(_records, min_size=1, max_size=8), config=_configs)
    def begin(self, records: list[dict[str, object]], config: Config) -> None:
        self.config = config
        for number, record in enumerate(records):
            self._write(f"{number}.md", record)

    @rule(name=_names, record=_records)
    def put(self, name: str, record: dict[str, object]) -> None:
        self._write(name, record)

    @rule(
        name=_names,
        record=_records,
        field=st.sampled_from(["title", "date", "topics", "related", "url"]),
    )
    def change_field(self, name: str, record: dict[str, object], field: str) -> None:
        path = self.content / name
        if path.exists() and path.read_text().startswith("---\n{"):
            old = json.loads(path.read_text().split("\n")[1])
            self._write(name, {**old, field: record[field]})

    @rule(name=_names, id=st.sampled_from(["one", "two", "own", article_id(URLS[0])]))
    def change_id(self, name: str, id: str) -> None:
        self.change_field(name, {"id": id}, "id")

    @rule(
        name=st.sampled_from(LISTS),
        records=st.lists(_records, max_size=3),
        is_shared=st.booleans(),
    )
    def put_list(self, name: str, records: list[dict[str, object]], *, is_shared: bool) -> None:
        """Two files may hold the records of the same addresses."""
        for one in LISTS if is_shared else [name]:
            (self.content / one).write_text(json.dumps(records))

    @rule(name=_names)
    def remove(self, name: str) -> None:
        (self.content / name).unlink(missing_ok=True)

    @rule(name=_names, other=_names)
    def rename(self, name: str, other: str) -> None:
        if (self.content / name).exists():
            (self.content / name).rename(self.content / other)

    @rule(name=_names)
    def touch(self, name: str) -> None:
        if (self.content / name).exists():
            (self.content / name).touch()

    @rule(name=_names)
    def break_record(self, name: str) -> None:
        (self.content / name).write_text("---\ntitle: A\ndate: soon\n---\n")

    @rule(
        name=_names,
        url=st.sampled_from(URLS),
        fields=st.sampled_from(
            [
                "draft: true\ndate: soon",
                "Draft: true",
                "draft: maybe",
                "draft: true\ntitle: A: b",
                f"date: {DATES[-1]}\ntitle: A: b",
                f"date: {DATES[-2]}",
                "title: A: b",
            ]
        ),
    )
    def break_withheld_record(self, name: str, url: str, fields: str) -> None:
        (self.content / name).write_text(f"---\nurl: {url}\n{fields}\n---\n")

    @rule(days=st.sampled_from([0, 1, 5, -1]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(name=_names, record=_records, days=st.sampled_from([0, 0, 1, 5]), is_new=st.booleans())
    def update_one(self, name: str, record: dict[str, object], days: int, *, is_new: bool) -> None:
        """What is said to have changed is published as if it had been found."""
        before = self._build(self.top / "out", cache=True)
        self.now += timedelta(days=days)
        (self._write(name, record) if is_new else self.remove(name))
        if before.feeds:
            path = self.content / name
            update(
                self.top / "out", self.config, now=self.now, changed=[path], prune=True, **ALLOWED
            )
            first = self._build(self.top / "fresh", cache=False)
            same = self._build(self.top / "out", cache=True)
            assert not first.feeds or same.written == 0
            assert not first.feeds or self._remembers() or _describe(same) == _describe(first)

    @rule(name=_names, record=_records, days=st.sampled_from([0, 0, 1]), prune=st.booleans())
    def look_ahead(self, name: str, record: dict[str, object], days: int, *, prune: bool) -> None:
        """What is said to change is what a build then changes."""
        self._write(name, record)
        self.now += timedelta(days=days)
        out, before = self.top / "out", _read_ids(self.top / "out")
        found = plan(self.sources, out, self.config, now=self.now, prune=prune, **ALLOWED)
        report = found.publish()
        assert (report.written, _describe(report)) == (
            found.report.written,
            _describe(found.report),
        )
        after = before
        for feed in found.changes:
            ids = after.get(feed.path, set())
            gone = {one.id for one in (*feed.withdrawn, *feed.dropped)}
            gone |= {one.was for one in feed.resurfaced}
            assert gone <= ids
            new = {one.id for one in (*feed.new, *feed.resurfaced)}
            assert new.isdisjoint(ids)
            after = {**after, feed.path: (ids - gone) | new}
        assert {path: ids for path, ids in after.items() if ids} == _read_ids(out)

    @rule(config=_configs)
    def configure(self, config: Config) -> None:
        self.config = config

    @rule(data=st.data(), names=st.sampled_from([("out",), ("kept", "held")]))
    def damage_output(self, data: st.DataObject, names: tuple[str, ...]) -> None:
        files = sorted(_read_tree(self.top / names[0]))
        if files and "feeds.json" not in (file := data.draw(st.sampled_from(files))):
            is_there = data.draw(st.booleans())
            for name in names:
                path = self.top / name / file
                path.write_text("damaged") if is_there else path.unlink()

    @invariant()
    def publishes_what_a_first_build_would(self) -> None:
        fresh = self.top / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        first = self._build(fresh, cache=False)
        time.sleep(0.03)
        again = self._build(self.top / "out", cache=True)
        if not first.feeds or self._remembers():  # nothing is changed then, or what was is kept
            return
        assert _describe(again) == _describe(first)
        assert _read_tree(self.top / "out") == _read_tree(fresh)
        third = self._build(self.top / "out", cache=True)
        assert (third.written, _describe(third)) == (0, _describe(first))

    @invariant()
    def holds_back_what_a_build_without_a_cache_would(self) -> None:
        kept, held = self.top / "kept", self.top / "held"
        again, whole = (
            build(self.sources, out, self.config, now=self.now, prune=True, cache=cache)
            for out, cache in ((kept, True), (held, False))
        )
        assert _read_tree(kept) == _read_tree(held)
        assert not whole.feeds or _describe(again) == _describe(whole)
        event(f"held: {bool(again.held)}")

    def _build(self, out: Path, *, cache: bool) -> Report:
        return build(
            self.sources, out, self.config, now=self.now, prune=True, cache=cache, **ALLOWED
        )

    def _remembers(self) -> bool:
        """Return whether which feeds are made depends on those that are published."""
        return self.config.feeds.min_articles > 0 or self.config.feeds.max_feeds < 20_000

    def _write(self, name: str, record: dict[str, object]) -> None:
        (self.content / name).write_text(f"---\n{json.dumps(record)}\n---\n")


def _describe(report: Report) -> object:
    # A first build finds nothing that is published, so that no clock can have gone back.
    notes, warnings = (
        tuple([one for one in lines if not one.startswith("the clock went back: ")])
        for lines in (report.notes, report.warnings)
    )
    return msgspec.structs.replace(
        report, written=0, unchanged=0, changed=(), notes=notes, warnings=warnings
    )


def _read_ids(out: Path) -> dict[str, set[str]]:
    """Return the ids of the entries of each feed that has any."""
    found = {}
    for path in out.rglob("feed.json"):
        items = json.loads(path.read_bytes())["items"]
        found[path.parent.relative_to(out).as_posix()] = {item["id"] for item in items}
    return {path: ids for path, ids in found.items() if ids}


def _read_tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {os.fspath(path.relative_to(folder)): path.read_bytes() for path in files}


Years.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # to shrink takes minutes, and says little more
)
TestYears = Years.TestCase

if __name__ == "__main__":  # make soak: examples, steps of each, and a seed
    examples, steps, number = map(int, sys.argv[1:])
    sys.stdout.write(f"{examples} examples of {steps} steps, seed {number}\n")
    many = settings(
        Years.TestCase.settings, max_examples=examples, stateful_step_count=steps, database=None
    )
    run_state_machine_as_test(seed(number)(Years), settings=many)
