"""Hubs are told of the feeds whose bytes changed, and of no others; what fails is told again."""

import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError

import msgspec
import pytest
from lxml import etree

import feedkit
from commands import SMALL, record, run, start, wait_until, write_files
from harbour import NOW, make_site, read_tree, write_record
from hub import Hub, Subscriber, run_hub, serve, serve_files
from paths import TESTS

HUB = "https://hub.example.org/"
ATOM = "{http://www.w3.org/2005/Atom}"
FILES = ("atom.xml", "rss.xml", "feed.json")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with run_hub() as one:
        yield one


class Pier:
    """A small site whose feeds name a hub."""

    def __init__(
        self, top: Path, hub: str, url: str = "https://feeds.example.org/", **feeds: object
    ) -> None:
        self.content, self.out, self.top = make_site(top, 8), top / "out", top
        site = feedkit.Site(title="Harbour", url=url)
        self.config = feedkit.Config(
            site=site,
            feeds=feedkit.FeedSettings(**feeds),  # type: ignore[arg-type]
            websub=feedkit.WebSub(hub=hub),
        )

    def build(self, **options: object) -> feedkit.Report:
        allowed: dict[str, object] = {"allow_shrink": True, "allow_resurface": True, **options}
        return feedkit.build(self.content, self.out, self.config, now=NOW, **allowed)  # type: ignore[arg-type]

    def ping(self, **options: object) -> feedkit.Ping:
        return feedkit.ping(self.build(**options), self.out, self.config, timeout=0.3)

    def read_feeds(self) -> dict[str, bytes]:
        """Return the bytes of every feed by its address."""
        url, files = self.config.site.url, read_tree(self.out)
        return {url + name: data for name, data in files.items() if name.endswith(FILES)}

    def change(self, number: int = 3, version: int = 1, **fields: object) -> None:
        write_record(self.content, number, version, **fields)


def list_changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return sorted(url for url in after if before.get(url) != after[url])


def make_feed(hub: str) -> feedkit.Feed:
    site = feedkit.Site(title="Harbour", url="https://feeds.example.org/")
    article = feedkit.Article(url="https://example.org/ferry", title="Ferry", published=NOW)
    config = feedkit.Config(site=site, websub=feedkit.WebSub(hub=hub))
    return feedkit.make_feed([article], config, title="Harbour", path="all")


def test_every_format_names_the_hub_beside_its_own_address() -> None:
    feed = make_feed(HUB)
    atom = etree.fromstring(feedkit.render(feed, "atom").body)
    assert [link.get("rel") for link in atom.findall(f"{ATOM}link")] == ["self", "hub", "alternate"]
    rss = etree.fromstring(feedkit.render(feed, "rss").body).find("channel")
    assert rss is not None
    assert [link.get("rel") for link in rss.findall(f"{ATOM}link")] == ["self", "hub"]
    assert rss.findtext("link") == "https://feeds.example.org/all/"
    hubs = [
        link.get("href")
        for tree in (atom, rss)
        for link in tree.iterfind(f"{ATOM}link[@rel='hub']")
    ]
    assert hubs == [HUB, HUB]
    item = json.loads(feedkit.render(feed, "json").body)
    assert item["hubs"] == [{"type": "WebSub", "url": HUB}]
    assert list(item)[-2:] == ["hubs", "items"]


@pytest.mark.parametrize("form", feedkit.FORMATS)
def test_without_a_hub_no_format_names_one(form: feedkit.Format) -> None:
    assert b"hub" not in feedkit.render(make_feed(""), form).body


def test_a_frame_of_feedgen_names_the_hub_in_rss_too() -> None:
    assert f'href="{HUB}" rel="hub"'.encode() in feedkit.to_feedgen(make_feed(HUB)).rss_str()


@pytest.mark.parametrize(
    "hub",
    ["ftp://hub.example.org/", "hub.example.org", "http://u@hub.example/", "http://xn--a/"],
)
def test_a_hub_is_an_http_address(hub: str) -> None:
    with pytest.raises(feedkit.ConfigError, match=r"websub\.hub"):
        feedkit.WebSub(hub=hub)


def test_who_subscribed_is_sent_the_bytes_that_a_build_published(tmp_path: Path, hub: Hub) -> None:
    with serve_files(tmp_path / "out") as url:
        pier = Pier(tmp_path, hub.url, url)
        pier.build()
        topic = f"{url}topics/fog/atom.xml"
        subscriber = Subscriber(topic)
        with serve(subscriber):
            subscriber.subscribe(hub.url, topic, "lamp")
            pier.change(1, title="Thick fog")
            done = pier.ping()
        (sent,) = subscriber.received
    assert topic in done.told
    assert sent.body == (tmp_path / "out/topics/fog/atom.xml").read_bytes()
    assert b"Thick fog" in sent.body
    assert sent.link == f'<{hub.url}>; rel="hub", <{topic}>; rel="self"'
    assert sent.signature == f"sha256={hmac.new(b'lamp', sent.body, hashlib.sha256).hexdigest()}"


def test_a_subscription_that_its_subscriber_does_not_mean_is_sent_nothing(hub: Hub) -> None:
    subscriber = Subscriber("https://feeds.example.org/all/atom.xml")
    with serve(subscriber), pytest.raises(HTTPError, match="404") as refused:
        subscriber.subscribe(hub.url, "https://feeds.example.org/all/rss.xml", "lamp")
    refused.value.close()
    assert hub.subscribers == {}


def test_the_hub_is_told_of_what_changed_and_of_nothing_else(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    assert pier.ping().told == tuple(sorted(pier.read_feeds()))
    before = pier.read_feeds()
    hub.told.clear()
    pier.change()
    pier.ping()
    changed = list_changed(before, pier.read_feeds())
    assert 0 < len(changed) < len(before)
    assert hub.told == changed
    hub.told.clear()
    assert pier.ping() == feedkit.Ping()
    assert hub.told == []


@pytest.mark.parametrize("hub", [HUB, ""])
def test_a_report_names_what_changed_with_or_without_a_hub(tmp_path: Path, hub: str) -> None:
    pier = Pier(tmp_path, hub)
    assert pier.build().changed == tuple(sorted(pier.read_feeds()))
    before = pier.read_feeds()
    pier.change()
    assert list(pier.build().changed) == list_changed(before, pier.read_feeds()) != []
    assert pier.build().changed == ()
    other = feedkit.WebSub(hub="" if hub else HUB)
    pier.config = msgspec.structs.replace(pier.config, websub=other)
    assert list(pier.build().changed) == sorted(pier.read_feeds())  # all name the hub


def test_a_hub_that_is_new_is_told_of_every_feed_that_names_it(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, "")
    pier.build()
    pier.config = msgspec.structs.replace(pier.config, websub=feedkit.WebSub(hub=hub.url))
    assert pier.ping().told == tuple(sorted(pier.read_feeds()))


def test_what_builds_without_a_ping_changed_is_told_by_the_next(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    before = pier.read_feeds()
    pier.change()
    pier.build()
    assert list(pier.ping().told) == list_changed(before, pier.read_feeds()) != []


def test_bytes_that_came_back_before_the_hub_was_told_are_not_told(
    tmp_path: Path, hub: Hub
) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    for version in (1, 0):
        pier.change(version=version)
        pier.build()
    assert pier.ping() == feedkit.Ping()


def test_second_and_old_addresses_are_told_as_the_one_they_name(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url, also={"index.xml": "atom.xml"})
    config = msgspec.structs.replace(pier.config, redirects={"topics/mist": "topics/fog"})
    pier.config = config
    pier.ping()
    assert (pier.out / "topics/mist/index.xml").is_file()
    assert (pier.out / "topics/mist/atom.xml").is_file()
    assert not [url for url in hub.told if "mist" in url or "index" in url]
    assert len(hub.told) == len(set(hub.told))


def test_a_feed_that_is_emptied_is_told_and_one_that_is_deleted_is_not(
    tmp_path: Path, hub: Hub
) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.change(3, topics=["Whales"])
    pier.ping()
    whales = [f"https://feeds.example.org/topics/whales/{name}" for name in sorted(FILES)]
    hub.told.clear()
    pier.change(3, topics=["Fog"])
    pier.ping()
    assert [url for url in hub.told if "whales" in url] == whales
    hub.told.clear()
    assert pier.ping(prune=True) == feedkit.Ping()
    pier.change(3, topics=["Whales"])
    pier.ping()
    assert [url for url in hub.told if "whales" in url] == whales


@pytest.mark.parametrize("status", [500, 503, 429, None])
def test_a_hub_at_fault_is_asked_once_owed_everything_and_told_at_the_next_ping(
    tmp_path: Path, hub: Hub, status: int | None
) -> None:
    pier = Pier(tmp_path, hub.url)
    hub.status = status
    failed = pier.ping()
    feeds = tuple(sorted(pier.read_feeds()))
    assert (failed.told, failed.owed, len(hub.told)) == ((), feeds, 1)
    assert failed.problem.startswith(f"{hub.url}: expected ")
    assert str(status or "timed out") in failed.problem
    hub.ends.set()
    hub.status = 204
    assert pier.ping() == feedkit.Ping(told=feeds)
    assert pier.ping() == feedkit.Ping()


def test_a_hub_that_is_down_is_owed_everything(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound, so that nobody else is there, and nobody listens
        taken.bind(("127.0.0.1", 0))
        pier = Pier(tmp_path, f"http://127.0.0.1:{taken.getsockname()[1]}/")
        failed = pier.ping()
    assert (failed.told, len(failed.owed)) == ((), len(pier.read_feeds()))
    assert "expected an answer" in failed.problem


@pytest.mark.parametrize("hub", ["http://a..b/", f"http://{'a' * 70}.example/"])
def test_a_hub_whose_name_is_none_is_owed_everything(tmp_path: Path, hub: str) -> None:
    pier = Pier(tmp_path, hub)
    failed = pier.ping()
    assert (failed.told, len(failed.owed)) == ((), len(pier.read_feeds()))
    assert failed.problem.startswith(f"{hub}: expected an answer")


@pytest.mark.parametrize(
    "said",
    [
        {"ALL_PROXY": "socks5://127.0.0.1:1080"},
        {"HTTP_PROXY": "ftp://x/", "http_proxy": "http://127.0.0.1:1/"},
        {"SSL_CERT_FILE": "/nowhere.pem"},
    ],
)
def test_the_hub_alone_is_connected_to_whatever_the_environment_says(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, said: dict[str, str]
) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert Pier(tmp_path, hub.url).ping().owed == ()


def test_a_hub_that_sends_a_byte_now_and_then_is_waited_for_no_longer_than_that(
    tmp_path: Path,
) -> None:
    def drip() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(100):
                connection.sendall(b"a")
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        pier = Pier(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        report = pier.build()
        dripping = Thread(target=drip)
        dripping.start()
        failed = feedkit.ping(report, pier.out, pier.config, timeout=2, total=0.5)
        assert dripping.is_alive()
        assert (failed.told, failed.owed) == ((), tuple(sorted(pier.read_feeds())))
        assert failed.problem.endswith("expected to be done in 0.5 s, was not")
        dripping.join()


def test_a_feed_that_the_hub_refuses_costs_no_other(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    refused = "https://feeds.example.org/all/rss.xml"
    hub.answers[refused] = 400, {}
    done = pier.ping()
    assert done.owed == (refused,)
    assert done.told == tuple(sorted(set(pier.read_feeds()) - {refused}))
    hub.told.clear()
    pier.ping()
    assert hub.told == [refused]


def test_a_redirect_is_a_failure_that_names_its_place_and_is_not_followed(
    tmp_path: Path, hub: Hub
) -> None:
    with run_hub() as other:
        pier = Pier(tmp_path, hub.url)
        hub.answers["https://feeds.example.org/all/atom.xml"] = 308, {"Location": other.url}
        done = pier.ping()
        assert (done.told, other.told) == ((), [])
    assert other.url in done.problem


def test_a_feed_that_changed_again_while_it_was_owed_is_told_once(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    before = pier.read_feeds()
    for version in (1, 2):
        hub.status = 500
        pier.change(version=version)
        pier.ping()
    hub.status = 204
    hub.told.clear()
    pier.ping()
    assert hub.told == list_changed(before, pier.read_feeds()) != []


def test_without_a_cache_what_this_build_changed_is_told_and_failures_are_forgotten(
    tmp_path: Path, hub: Hub
) -> None:
    pier = Pier(tmp_path, hub.url)

    def ping() -> feedkit.Ping:
        return feedkit.ping(pier.build(cache=False), pier.out, pier.config, cache=False)

    assert ping().told == tuple(sorted(pier.read_feeds()))
    before = pier.read_feeds()
    pier.change()
    hub.status = 500
    assert list(ping().owed) == list_changed(before, pier.read_feeds()) != []
    assert ping() == feedkit.Ping()


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_cache_that_is_lost_forgets_what_is_owed_and_tells_nothing_twice(
    tmp_path: Path, hub: Hub, is_damaged: bool
) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    pier.change(3)
    pier.build()
    owed = tmp_path / ".out.feedkit/websub.sqlite"
    owed.write_bytes(b"damaged" * 1000) if is_damaged else owed.unlink()
    assert pier.ping() == feedkit.Ping()
    before = pier.read_feeds()
    pier.change(4)
    assert list(pier.ping().told) == list_changed(before, pier.read_feeds()) != []


def test_what_is_forgotten_between_build_and_ping_is_only_what_was_owed_before(
    tmp_path: Path, hub: Hub
) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    before = pier.read_feeds()
    pier.change()
    report = pier.build()
    (tmp_path / ".out.feedkit/websub.sqlite").unlink()
    hub.status = 500
    failed = feedkit.ping(report, pier.out, pier.config)
    assert list(failed.owed) == list_changed(before, pier.read_feeds()) != []
    hub.status = 204
    assert pier.ping().told == failed.owed


#: Builds, and dies before some rename of a published file; -1: when all are published.
KILLED = """
import os, signal, sys
from pathlib import Path
from feedkit import load_config
from test_websub import Pier
top, left = Path(sys.argv[1]), int(sys.argv[3])
def look(event, arguments):
    global left
    if event == "os.rename" and "/out/" in str(arguments[1]):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
pier = Pier.__new__(Pier)  # its records are there
pier.content, pier.out, pier.config = top / "content", top / "out", load_config(sys.argv[2])
sys.addaudithook(look)
pier.build()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("renames", [1, 2, 5, -1])
def test_a_build_that_is_killed_owes_what_it_published(
    tmp_path: Path, hub: Hub, renames: int
) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.build(cache=False)  # nothing is known of the hub
    before = pier.read_feeds()
    pier.change()
    toml = '[site]\ntitle = "Harbour"\nurl = "https://feeds.example.org/"\n'
    (tmp_path / "feedkit.toml").write_text(f'{toml}[websub]\nhub = "{hub.url}"\n')
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path, tmp_path / "feedkit.toml", str(renames)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert hub.told == []
    pier.ping()
    assert hub.told == list_changed(before, pier.read_feeds()) != []


def test_a_hub_that_hangs_keeps_no_other_build_waiting(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    report = pier.build()
    hub.status = None
    found: list[feedkit.Ping] = []
    first = Thread(target=lambda: found.append(feedkit.ping(report, pier.out, pier.config)))
    first.start()
    while not hub.told:
        time.sleep(0.01)
    pier.change()
    changed = pier.build(wait=0).changed  # it would be refused while another goes on
    assert found == []
    hub.ends.set()
    first.join()
    hub.status = 204
    assert set(changed) <= set(pier.ping().told)


def make_command(folder: Path, hub: str) -> None:
    settings = f'{SMALL["feedkit.toml"]}[websub]\nhub = "{hub}"\n'
    write_files(folder, {**SMALL, "feedkit.toml": settings})


def test_the_command_tells_the_hub_and_is_silent(tmp_path: Path, hub: Hub) -> None:
    make_command(tmp_path, hub.url)
    assert run("build in --out out", tmp_path) == (0, "", "")
    assert hub.told == []
    assert run("build in --out out --ping", tmp_path) == (0, "", "")
    feeds = [path for path in read_tree(tmp_path / "out") if path.endswith(FILES)]
    assert len(hub.told) == len(feeds) == 9
    (tmp_path / "in/tide.md").write_text(record("Tide", topics="[Tides]"))
    done = run("update in/tide.md --out out --ping --verbose", tmp_path)
    assert done.out.endswith(f"Told {hub.url} of 6\n")
    assert len(hub.told) == 9 + 6


def test_a_hub_that_fails_costs_the_command_one_line_and_not_its_status(
    tmp_path: Path, hub: Hub
) -> None:
    make_command(tmp_path, hub.url)
    hub.status = 503
    done = run("build in --out out --ping --quiet", tmp_path)
    assert (done.status, done.out) == (0, "")
    assert done.err == (
        f"feedkit: {hub.url}: expected 2xx for https://feeds.example.org/news/all/atom.xml, "
        "got 503 Service Unavailable; feeds owed until the next --ping: 9\n"
    )
    hub.status = 204
    assert run("build in --out out --ping", tmp_path) == (0, "", "")
    assert len(hub.told) == 1 + 9


def test_who_watches_tells_the_hub_after_each_round(tmp_path: Path, hub: Hub) -> None:
    make_command(tmp_path, hub.url)
    with start("build in --out out --watch --ping", tmp_path):
        wait_until(lambda: len(hub.told) == 9)
        (tmp_path / "in/tide.md").write_text(record("Tide", topics="[Tides]"))
        wait_until(lambda: len(hub.told) == 9 + 6)


def test_without_a_hub_or_httpx_a_ping_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    write_files(tmp_path, SMALL)
    done = run("build in --out out --ping", tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "websub.hub" in done.err
    make_command(tmp_path, HUB)
    without = "import sys; sys.modules['httpx'] = None; from feedkit.cli import main; main()"
    arguments = ["build", "in", "--out", "out", "--ping"]
    found = subprocess.run(
        [sys.executable, "-c", without, *arguments],
        cwd=tmp_path, capture_output=True, check=False, text=True, env=os.environ,
    )  # fmt: skip
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == ("feedkit: httpx is not installed: pip install httpx\n")
    assert not (tmp_path / "out").exists()


def test_httpx_is_loaded_only_when_there_is_something_to_tell(tmp_path: Path, hub: Hub) -> None:
    pier = Pier(tmp_path, hub.url)
    pier.ping()
    source = (
        "import sys; from pathlib import Path; import feedkit, msgspec; out = Path(sys.argv[1]);"
        "site = feedkit.Site(title='Harbour', url='https://feeds.example.org/');"
        "config = feedkit.Config(site=site, websub=feedkit.WebSub(hub=sys.argv[2]));"
        "from harbour import NOW; content = out.parent / 'content';"
        "report = feedkit.build(content, out, config, now=NOW);"
        "feedkit.ping(report, out, config); print('httpx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, pier.out, hub.url],
        cwd=TESTS / "support", capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert done.stdout == "False\n"
