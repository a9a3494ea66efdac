"""Whatever `update` is told, it publishes what a build of all files, or of all Articles, would."""

import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from test_incremental import (
    ADDRESSES,
    ALLOWED,
    SPELLINGS,
    START,
    URLS,
    Years,
    _describe,
    _names,
    _records,
)

from feedkit import (
    Article,
    Config,
    FeedSettings,
    Ids,
    Provider,
    RelatedArticle,
    Report,
    Site,
    build,
    update,
)
from feedkit.text.urls import article_id, article_key
from harbour import read_tree

SITE = Site(title="Example", url="https://example.org/feeds/")
_dates = st.sampled_from([START + timedelta(days=days) for days in (0, 1, 1, 2, 3, 9)])
_providers = st.sampled_from(
    [None, Provider(name="Daily", domain="daily.example"), Provider(name="Weekly")]
)
_titles = st.sampled_from(["One", "Two", "Three", "two!"])
_items = st.builds(
    RelatedArticle,
    url=st.sampled_from(ADDRESSES),
    title=_titles,
    published=_dates,
    updated=st.none() | _dates,
    provider=_providers,
)
_articles = st.builds(
    Article,
    id=st.sampled_from(
        [
            *(None, None, None, None, "own", "tag:example.org,2026:1", "tag:example.org,2026:2"),
            *(article_id(URLS[0]), article_id(SPELLINGS[0]), URLS[1]),
        ]
    ),
    url=st.sampled_from([*ADDRESSES, "http://www.example.org/a"]),
    title=_titles,
    published=_dates,
    provider=_providers,
    topics=st.lists(st.sampled_from(["Sun", "sun", "Wind"]), max_size=2, unique=True).map(tuple),
    state=st.sampled_from(["published", "published", "published", "removed", "draft"]),
    updated=st.none() | _dates,
    available=st.none() | st.none() | _dates,
    expires=st.none() | st.none() | _dates,
    related=st.lists(_items, max_size=3).map(tuple),
)
_configs = st.builds(
    Config,
    site=st.just(SITE),
    feeds=st.builds(
        FeedSettings,
        limit=st.integers(1, 4),
        related=st.sampled_from(["entries", "links"]),
        retold=st.sampled_from(["links", "links", "entries"]),
        roll_up=st.booleans(),
    ),
    ids=st.sampled_from([Ids(), Ids(style="url")]),
)


def name(article: Article) -> str:
    """Return what an Article is known by; that of a duplicate is another."""
    return f"#{article.id}" if article.id else find_url(article.url)


def find_url(url: str) -> str:
    """Return the one spelling by which an address is known."""
    return f"https://{article_key(url)}"


class Told(RuleBasedStateMachine):
    """Articles that are built once, and updated from then on."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp())
        self.articles: dict[str, Article] = {}
        self.config = Config(site=SITE)
        self.now = START + timedelta(days=4)

    def teardown(self) -> None:
        shutil.rmtree(self.top)

    @initialize(articles=st.lists(_articles, min_size=1, max_size=8), config=_configs)
    def begin(self, articles: list[Article], config: Config) -> None:
        self.config = config
        self.articles = {name(article): article for article in articles}
        self._build(self.top / "out", cache=True)

    @rule(
        changed=st.lists(_articles, max_size=3, unique_by=name),
        gone=st.lists(st.sampled_from([*ADDRESSES, "http://www.example.org/a", "own"]), max_size=2),
        days=st.sampled_from([0, 0, 0, 1, 5]),
    )
    def tell(self, changed: list[Article], gone: list[str], days: int) -> None:
        self.now += timedelta(days=days)
        # An id may be the address of another Article: both go then.
        names = {*(f"#{one}" for one in gone), *map(find_url, gone)}
        left = {key: one for key, one in self.articles.items() if key not in names}
        left.update((name(article), article) for article in changed)
        self._follow(left, changed, gone)

    @rule(days=st.sampled_from([1, 5]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self._follow(self.articles, [], [])

    @rule(config=_configs)
    def configure(self, config: Config) -> None:
        self.config = config
        self._build(self.top / "out", cache=True)

    def _follow(self, left: dict[str, Article], changed: list[Article], gone: list[str]) -> None:
        before, self.articles = self.articles, left
        fresh = self.top / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        first = self._build(fresh, cache=False)
        if not first.feeds or not (self.top / ".out.feedkit/catalogue.sqlite").exists():
            self.articles = before  # nothing is changed then
            return
        again = update(
            self.top / "out", self.config,
            now=self.now, changed=changed, removed=gone, prune=True, **ALLOWED,
        )  # fmt: skip
        assert _describe(again) == _describe(first)
        assert read_tree(self.top / "out") == read_tree(fresh)

    def _build(self, out: Path, *, cache: bool) -> Report:
        articles = list(self.articles.values())
        return build(articles, out, self.config, now=self.now, prune=True, cache=cache, **ALLOWED)


class Named(Years):
    """A folder of records that is edited, of which `update` is told."""

    def __init__(self) -> None:
        super().__init__()
        self.known: tuple[Config, datetime] | None = None
        self.files: dict[Path, bytes] = {}

    @rule(name=_names, record=_records)
    def put(self, name: str, record: dict[str, object]) -> None:
        self._write(name, record)

    def _build(self, out: Path, *, cache: bool) -> Report:
        files = {path: path.read_bytes() for path in self.content.iterdir()}
        if (
            not cache
            or self.known is None
            or self.known[0] != self.config
            or self.known[1] > self.now
        ):
            report = super()._build(out, cache=cache)
        else:
            before = self.files
            names = [path for path in files.keys() | before.keys()
                     if files.get(path) != before.get(path)]  # fmt: skip
            report = update(
                out, self.config, now=self.now, changed=sorted(names), prune=True, **ALLOWED
            )
        if cache and report.files and not report.is_held:
            self.known, self.files = (self.config, self.now), files
        return report


for machine in (Told, Named):
    machine.TestCase.settings = settings(
        max_examples=6,
        stateful_step_count=12,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),  # as of test_incremental
    )
TestTold, TestNamed = Told.TestCase, Named.TestCase

if __name__ == "__main__":  # make soak: examples, steps of each, and a seed
    examples, steps, number = map(int, sys.argv[1:])
    sys.stdout.write(f"twice {examples} examples of {steps} steps, seed {number}\n")
    for machine in (Told, Named):
        many = settings(
            machine.TestCase.settings,
            max_examples=examples,
            stateful_step_count=steps,
            database=None,
        )
        run_state_machine_as_test(seed(number)(machine), settings=many)
