"""What the installed command says, word for word: each case in tests/golden_cli.

``make bless`` accepts what is said now: read the difference like code.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from commands import OWN, SITE, SMALL, record, run, run_on_terminal, write_files
from feedkit.files.locks import lock_folder
from paths import TESTS

GOLDEN = TESTS / "golden_cli"
RELATED = "[{title: The whale, webUrl: 'https://whale.example/', date: 2026-01-31}]"
#: Records with all that there is to say of them, but for problems.
HARBOUR = {
    "feedkit.toml": SITE,
    "in/about.md": "---\nlayout: page\n---\n",
    "in/ferry.md": record("Ferry", topics="[Tides, AI]", provider=OWN, related=RELATED),
    "in/fog.md": record("Fog", topics="[tides]", provider=OWN, date="2026-02-03T10:00:00Z"),
    "in/later.md": record("Later", topics="[Ferries]", date="2999-01-01"),
    "in/pier.md": record("Pier", topics="[TIDES, A.I.]", draft="true"),
    "in/quay.md": record("Quay", topics="[tides]", provider=OWN.replace("Harbour", "The Harbour")),
    "in/quay-again.md": record("Again", webUrl="https://example.org/quay/", language="de"),
    "in/[red]buoy.md": record("'[red]Buoy'", webUrl="https://example.org/buoy/", topics="['[b]']"),
}
BAD = {
    **HARBOUR,
    "in/soon.md": record("Soon", date="soon"),
    "in/wreck.md": record("Wreck", related="[{title: Nowhere, date: 2026-01-01}]"),
}
MORE = {**SMALL, "more/fog.md": record("Fog", topics="[Weather]")}
DRAFT = {**SMALL, "in/ferry.md": record("Ferry", draft="true")}
PREPARE = {
    **SMALL,
    "hooks.py": (
        "def keep(article): return article\n"
        "def drop(article): return None\n"
        "def fail(article): raise ValueError('no\\nferry')\n"
        "def leave(article): raise SystemExit(0)\n"
        "def spell(article): return article.title\n"
        "name = 'ferry'\n"
    ),
    "broken.py": "prepare = = 1\n",
    "leaving.py": "raise SystemExit(7)\n",
}
LONG = record(
    "Ferry",
    topics=str([f"Topic {number}" for number in range(32)]),
    webUrl="https://a-harbour-with-a-long-name.example.org/ferry/",
)
FLEET = [f"Boat {number}" for number in range(8)]
OLD = {f"old/{boat}.md": record(boat) for boat in FLEET}
RENAMED = {**SMALL, **OLD, **{f"in/{boat}.md": record(boat, id=f"new {boat}") for boat in FLEET}}
FEWER = {**SMALL, **OLD, "old/ferry.md": SMALL["in/ferry.md"]}
DATA = {
    **SMALL,
    "data/topics/tides.md": "---\nname: Tides\ndescription: High and low.\n---\n",
    "data/organizations/example.org.yaml": "name: [Harbour News]\n",
}

LIMITED = {**HARBOUR, "feedkit.toml": SITE + "[feeds]\nlimit = 1\n"}
LIST = (
    "[{title: Fog, webUrl: 'https://wire.example/fog/', date: 2026-01-31},"
    " {title: First, webUrl: 'https://wire.example/first/', date: 2026-01-31},"
    " {title: Second, webUrl: 'https://wire.example/second/', date: 2026-01-31},"
    " {title: Dyke, webUrl: 'https://example.org/dyke/', date: 2026-01-31,"
    " provider: {name: Gulls}}]"
)
#: Records that are in fewer feeds than one may expect, each for another reason.
TOLD = {
    "feedkit.toml": SITE + "[feeds]\nmax_related = 1\n"
    "[exclude]\nproviders = ['Gulls']\ndomains = ['docks.example']\n",
    "in/fog.md": record("Fog", related=LIST, id="tag:example.org,2026:fog", updated="2026-02-02"),
    "in/bell.md": record("Bell", id="tag:example.org,2026:fog"),
    "in/buoy.md": record("Buoy", published="false"),
    "in/mole.md": record("Mole", provider="{name: Gulls}"),
    "in/dock.md": record("Dock", webUrl="https://news.docks.example/"),
    "in/dyke.md": record("Dyke"),
}
FEW = {**HARBOUR, "feedkit.toml": SITE + "[feeds]\nmin_articles = 2\nmax_feeds = 2\n"}
NONE = SITE + "[feeds]\nmin_articles = 2\nall = false\n"
LISTING = "[{{title: {0}, webUrl: 'https://wire.example/{1}/', date: {2}}}]"
#: Articles that are listed twice, under titles of records that list them.
ECHOES = {
    "feedkit.toml": SITE,
    "in/fog.md": record("Fog", related=LISTING.format("Fog", "fog", "2026-01-31")),
    "in/gale.md": record("Gale", related=LISTING.format("Elsewhere", "gale", "2026-01-30")),
    "in/pier.md": record("Pier", related=LISTING.format("Fog", "fog", "2026-01-31")),
    "in/quay.md": record(
        "Quay", topics="[Bells]", related=LISTING.format("Gale", "gale", "2026-01-31")
    ),
}
#: Records with keys that feedkit does not read, and with what it repairs.
REMARKS = {
    "feedkit.toml": SITE + "[records.extensions]\n_own = 'link'\n",
    "in/bell.md": record("Bell", topic="Bells", tags="[Tides]"),
    "in/buoy.md": record(
        "Buoy", topic="Buoys", link="a", description="", colour="red", date="2026-02-03"
    ),
    "in/dock.md": record("'The  dock'", images="[{url: 'https://example.org/a.png', width: 9em}]")
    + "A\x07B\n",
    "in/dyke.md": "---\nTitle: Dyke\nurl: https://example.org/dyke/\ndate: 2026-02-03\n---\n",
}


class Case(NamedTuple):
    """What is typed in a folder of these files, and what of them is shown afterwards."""

    command: str
    files: dict[str, str] = SMALL
    #: Typed before, and not looked at.
    first: str = ""
    on_terminal: bool = False
    shown: str = ""
    is_busy: bool = False


CASES = {
    "build": Case("build in --out out"),
    "build-problems": Case("build in --out out", BAD),
    "build-verbose": Case("build in --out out --verbose", BAD),
    "build-json": Case("build in --out out --json", BAD),
    "build-terminal": Case("build in --out out", BAD, on_terminal=True),
    "build-terminal-quiet": Case("build in --out out --quiet", BAD, on_terminal=True),
    "build-strict": Case("build in --out out --strict", BAD),
    "build-strict-well": Case("build in --out out --strict --verbose"),
    "build-gone": Case("build in --out out", MORE, "build in more --out out"),
    "build-prune": Case("build in --out out --prune", MORE, "build in more --out out"),
    "build-withheld": Case("build in --out out", DRAFT),
    "build-no-record": Case("build in --out out", {"feedkit.toml": SITE, "in/a.md": "# Words\n"}),
    "build-empty": Case("build in --out out", {"feedkit.toml": SITE, "in/a.txt": ""}),
    "build-held": Case("build none --out out", {**SMALL, "none/a.txt": ""}, "build in --out out"),
    "build-resurfaced": Case("build in --out out", RENAMED, "build old --out out"),
    "build-shrunk": Case("build in --out out --json", FEWER, "build old --out out"),
    "build-allowed": Case(
        "build in --out out --allow-resurface --allow-shrink", RENAMED, "build old --out out"
    ),
    "build-previous": Case(
        "build in --out new --previous out --verbose", RENAMED, "build old --out out"
    ),
    "build-previous-empty": Case("build in --out out --previous in --verbose"),
    "build-previous-missing": Case("build in --out out --previous nowhere"),
    "build-previous-unset": Case("build in --out out --previous ''"),
    "build-busy": Case("build in --out out", is_busy=True),
    "build-missing-content": Case("build nowhere --out out"),
    "build-missing-config": Case("build in --out out", {"in/ferry.md": record("Ferry")}),
    "build-config-missing": Case("build in --out out --config nowhere.toml"),
    "build-config-folder": Case("build in --out out --config in"),
    "build-config-unknown": Case("build in --out out", {**SMALL, "feedkit.toml": f"{SITE}[fedes]"}),
    "build-config-binary": Case("build in --out out --config binary", {**SMALL, "binary": "\0"}),
    "build-out-file": Case("build in --out out", {**SMALL, "out": ""}),
    "build-out-content": Case("build in --out in"),
    "build-out-above-content": Case("build in/a --out in", {"in/a/feedkit.toml": SITE}),
    "build-no-arguments": Case("build"),
    "build-empty-path": Case("build in --out ''"),
    "build-wait-soon": Case("build in --out out --wait soon"),
    "build-dry-run": Case("build in --out out --dry-run"),
    "build-dry-run-next": Case("build more --out out --dry-run", MORE, "build in --out out"),
    "build-dry-run-moved": Case(
        "build moved --out out --dry-run",
        {**SMALL, "moved/ferry.md": record("Ferry", webUrl="https://example.org/ferries/")},
        "build in --out out",
    ),
    "build-dry-run-problems": Case("build in --out out --dry-run --verbose", BAD),
    "build-dry-run-json": Case(
        "build more --out out --dry-run --json", MORE, "build in --out out"
    ),
    "build-dry-run-terminal": Case("build in --out out --dry-run", on_terminal=True),
    "build-dry-run-quiet": Case("build in --out out --dry-run --quiet", BAD),
    "build-dry-run-nothing": Case("build in --out out --dry-run", first="build in --out out"),
    "build-dry-run-strict": Case("build in --out out --dry-run --strict", BAD),
    "build-cache-no-cache": Case("build in --out out --cache kept --no-cache"),
    "build-ping-no-hub": Case("build in --out out --ping"),
    "build-ping-dry-run": Case("build in --out out --ping --dry-run"),
    "build-cache-in-out": Case("build in --out out --cache out/kept"),
    "build-quiet-verbose": Case("build in --out out --quiet --verbose"),
    "build-watch-dry-run": Case("build in --out out --watch --dry-run"),
    "build-watch-no-config": Case("build in --out out --watch", {"in/ferry.md": record("Ferry")}),
    "serve-nowhere": Case("serve out"),
    "serve-content": Case("serve in"),
    "serve-config": Case("serve out --config feedkit.toml", first="build in --out out"),
    "serve-watch-no-config": Case("serve out --watch in", {"in/ferry.md": record("Ferry")}),
    "serve-port": Case("serve out --port 65536"),
    "prepare": Case("build in --out out --prepare hooks:keep --verbose", PREPARE),
    "prepare-drops": Case("build in --out out --prepare hooks:drop", PREPARE),
    "prepare-fails": Case("build in --out out --prepare hooks:fail", PREPARE),
    "prepare-leaves": Case("build in --out out --prepare hooks:leave", PREPARE),
    "prepare-misspells": Case("build in --out out --prepare hooks:spell", PREPARE),
    "prepare-no-colon": Case("build in --out out --prepare hooks", PREPARE),
    "prepare-empty": Case("build in --out out --prepare ''", PREPARE),
    "prepare-no-module": Case("build in --out out --prepare nowhere:keep", PREPARE),
    "prepare-no-function": Case("build in --out out --prepare hooks:kept", PREPARE),
    "prepare-no-callable": Case("build in --out out --prepare hooks:name", PREPARE),
    "prepare-broken": Case("build in --out out --prepare broken:prepare", PREPARE),
    "prepare-leaving": Case("build in --out out --prepare leaving:prepare", PREPARE),
    "update": Case("update in/ferry.md in/none.md --out out --verbose", first="build in --out out"),
    "update-removed": Case(
        "update --removed more/fog.md --out out --json", MORE, "build in more --out out"
    ),
    "update-problem": Case("update in/soon.md --out out", BAD, "build in --out out"),
    "update-last": Case("update --removed in --out out", SMALL, "build in --out out"),
    "update-no-build": Case("update in/ferry.md --out out"),
    "update-no-config": Case("update nowhere/ferry.md --out out", {"in/a.md": ""}),
    "update-no-path": Case("update --out out"),
    "check": Case("check in"),
    "check-findings": Case("check in", HARBOUR),
    "check-problems": Case("check in", BAD),
    "check-json": Case("check in --json", BAD),
    "check-terminal": Case("check in", BAD, on_terminal=True),
    "check-remarks": Case("check in", REMARKS),
    "check-remarks-terminal": Case("check in", REMARKS, on_terminal=True),
    "check-withheld": Case("check in", DRAFT),
    "check-prepare": Case("check in --prepare hooks:fail", PREPARE),
    "check-missing-config": Case("check in", {"in/ferry.md": record("Ferry")}),
    "check-missing-content": Case("check nowhere"),
    "list": Case("list in", HARBOUR),
    "list-problems": Case("list in", BAD),
    "list-json": Case("list in --json", HARBOUR),
    "list-terminal": Case("list in", HARBOUR, on_terminal=True),
    "list-top": Case("list in", {**SMALL, "feedkit.toml": SITE + '[feeds]\nall = ""\n'}),
    "list-few": Case("list in", FEW),
    "list-few-json": Case("list in --json", FEW),
    "list-none": Case("list in", {**SMALL, "feedkit.toml": NONE}),
    "list-empty": Case("list in", {"feedkit.toml": SITE, "in/a.txt": ""}),
    "list-missing-content": Case("list nowhere"),
    "explain": Case("explain in/ferry.md in", HARBOUR),
    "explain-url": Case("explain HTTP://example.org/quay/ in", HARBOUR),
    "explain-duplicate": Case("explain in/quay-again.md in", HARBOUR),
    "explain-json": Case("explain in/ferry.md in --json", LIMITED),
    "explain-limit": Case("explain in/ferry.md in", LIMITED),
    "explain-listed": Case("explain https://whale.example/ in", HARBOUR),
    "explain-listed-limit": Case("explain https://whale.example/ in", LIMITED),
    "explain-retold": Case("explain https://wire.example/fog/ in", TOLD),
    "explain-retold-elsewhere": Case("explain https://wire.example/fog/ in", ECHOES),
    "explain-beside": Case("explain https://wire.example/gale/ in", ECHOES),
    "explain-few": Case("explain in/ferry.md in", FEW),
    "build-few": Case("build in --out out", FEW),
    "build-none": Case("build in --out out", {**SMALL, "feedkit.toml": NONE}),
    "check-few": Case("check in", FEW),
    "explain-linked": Case("explain https://wire.example/second/ in", TOLD),
    "explain-clash": Case("explain in/bell.md in", TOLD),
    "explain-unpublished": Case("explain in/buoy.md in", TOLD),
    "explain-draft": Case("explain in/pier.md in", HARBOUR),
    "explain-future": Case("explain in/later.md in", HARBOUR),
    "explain-excluded": Case("explain in/mole.md in", TOLD),
    "explain-excluded-host": Case("explain in/dock.md in", TOLD),
    "explain-excluded-list": Case("explain in/dyke.md in", TOLD),
    "explain-problem": Case("explain in/soon.md in", BAD),
    "explain-no-record": Case("explain in/about.md in", HARBOUR),
    "explain-near": Case("explain in/fery.md in", HARBOUR),
    "explain-near-url": Case("explain https://example.org/fery/ in", HARBOUR),
    "explain-far": Case("explain nowhere in", HARBOUR),
    "explain-no-content": Case("explain in/ferry.md"),
    "doctor-no-url": Case("doctor"),
    "doctor-bad-url": Case("doctor feeds.example.org"),
    "doctor-nobody": Case("doctor http://127.0.0.1:1/"),
    "doctor-bad-also": Case("doctor http://127.0.0.1:1/ --also https://feeds.example.org"),
    "doctor-bad-agent": Case("doctor http://127.0.0.1:1/ --user-agent é"),
    "doctor-bad-age": Case("doctor http://127.0.0.1:1/ --max-age 36501"),
    "doctor-terminal": Case("doctor http://127.0.0.1:1/", on_terminal=True),
    "init": Case("init in", {"in/ferry.md": SMALL["in/ferry.md"]}, shown="in/feedkit.toml"),
    "init-many": Case("init in --config new.toml", HARBOUR, shown="new.toml"),
    "init-given": Case(
        "init in --config new.toml --title 'Tides \"&\" Whales' --url HTTPS://tides.example/feeds",
        shown="new.toml",
    ),
    "init-empty": Case("init my-whales", {"my-whales/a.txt": ""}),
    "init-long": Case("init in", {"in/ferry.md": LONG}, shown="in/feedkit.toml"),
    "init-problems": Case("init in --config 'new one.toml'", BAD),
    "init-data": Case("init in --config in/new.toml", DATA, shown="in/new.toml"),
    "init-settings-there": Case("init in"),
    "init-file-there": Case("init in --config in/ferry.md", shown="in/ferry.md"),
    "init-folder-there": Case("init in --config in"),
    "init-nowhere": Case("init in --config nowhere/feedkit.toml"),
    "init-bad-url": Case("init in --config new.toml --url tides.example"),
    "init-missing-content": Case("init nowhere"),
}  # fmt: skip


@pytest.fixture(scope="session")
def is_blessed(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--bless"))


@pytest.mark.parametrize("name", CASES)
def test_the_command_says_what_was_accepted(name: str, tmp_path: Path, is_blessed: bool) -> None:
    case = CASES[name]
    write_files(tmp_path, case.files)
    if case.first:
        run(case.first, tmp_path)
    with ExitStack() as stack:
        if case.is_busy:
            stack.enter_context(lock_folder(tmp_path / "out", 0))
        done = (run_on_terminal if case.on_terminal else run)(case.command, tmp_path)
    parts = {"stderr": done.err, "terminal" if case.on_terminal else "stdout": done.out}
    if case.shown:
        parts[case.shown] = (tmp_path / case.shown).read_text("utf-8")
    text = f"$ feedkit {case.command}\nexit {done.status}\n"
    text += "".join(f"--- {name}\n{part}" for name, part in parts.items() if part)
    text = text.replace(str(tmp_path), "/FOLDER")
    if is_blessed:
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f"{name}.txt").write_text(text, "utf-8")
    assert text == (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert "Traceback" not in text


def test_every_accepted_text_has_its_case() -> None:
    assert sorted(CASES) == sorted(path.stem for path in GOLDEN.iterdir())
