"""What `check` says of settings that concern no record."""

import json
from pathlib import Path

import pytest

from commands import OWN, SITE, SMALL, record, run, write_files

WHALE = "title: Whale, webUrl: 'https://whale.example/', date: 2026-01-31, provider: {name: W}"
RELATED = f"[{{{WHALE}}}]"
RECORDS = {
    "in/ferry.md": record("Ferry", topics="[Tides, AI Builder]", provider=OWN, related=RELATED),
}
MATCHED = """
[topics."AI-BUILDER!"]
parent = "Machines"
[topics.machines]
title = "M"
[providers."example.org"]
title = "H"
[providers.w]
title = "W"
[exclude]
providers = ["w"]
domains = ["whale.example", "old.example"]
urls = ["https://old.example/whale"]
[moved]
"https://old.example/" = "https://example.org/"
"""
UNMATCHED = {
    '[topics."AI Bilder"]\ntitle = "A"\n': (
        "topics.\"ai-bilder\": no record names it; did you mean 'ai-builder'?"
    ),
    '[providers."Nobody"]\ntitle = "A"\n': 'providers."nobody": no record names it',
    '[exclude]\nproviders = ["Harbor"]\n': "exclude.providers: nothing is withheld by 'Harbor'",
    '[exclude]\ndomains = ["b.org"]\n': "exclude.domains: nothing is withheld by 'b.org'",
    '[exclude]\nurls = ["https://b.org/"]\n': "exclude.urls: nothing is withheld by 'b.org/'",
    '[moved]\n"https://a.org/" = "https://b.org/"\n': (
        'moved."https://a.org/": no article is below https://b.org/'
    ),
    '[topics."AI Builder"]\nslug = "tides"\n': (
        'topics/tides-0e714fd9: stands here since topics."ai-builder" has the address topics/tides'
    ),
}


@pytest.mark.parametrize("settings", UNMATCHED)
def test_check_names_a_setting_that_is_likely_a_slip(tmp_path: Path, settings: str) -> None:
    write_files(tmp_path, {**RECORDS, "feedkit.toml": SITE + settings})
    assert run("check in", tmp_path) == (0, f"{UNMATCHED[settings]}\n", "")


def test_check_names_no_setting_that_concerns_a_record(tmp_path: Path) -> None:
    moved = record("Whale", webUrl="https://old.example/whale")
    write_files(tmp_path, {**RECORDS, "in/w.md": moved, "feedkit.toml": SITE + MATCHED})
    assert run("check in", tmp_path) == (0, "", "")


def test_check_names_nothing_that_a_data_file_knows(tmp_path: Path) -> None:
    own = '[topics."FOG"]\nlanguage = "de"\n[topics."Lost"]\ntitle = "L"\n'
    data = {"data/a.yaml": "name: Fog\n", "data/b.yaml": "name: Ropes\n"}
    settings = f'{SITE}[data]\ntopics = "data"\n{own}'
    write_files(tmp_path, {**RECORDS, **data, "feedkit.toml": settings})
    assert run("check in", tmp_path).out == 'topics."lost": no record names it\n'


def test_check_names_files_without_a_record(tmp_path: Path) -> None:
    lost = {f"in/{number:02}.md": record("Lost")[4:] for number in range(12)}
    write_files(tmp_path, {**RECORDS, **lost, "feedkit.toml": SITE})
    said = run("check in", tmp_path).out
    assert said == (
        f"no front matter with a date or address: {', '.join(sorted(lost)[:10])}"
        " and 2 more (--json names all)\n"
    )
    assert json.loads(run("check in --json", tmp_path).out)["files_without_record"] == [*lost]


def test_each_build_notes_a_feed_whose_address_another_took(tmp_path: Path) -> None:
    moved = '[topics."AI Builder"]\nslug = "tides"\n'
    write_files(tmp_path, {**RECORDS, "feedkit.toml": SITE + moved})
    for change in ({}, {}, {"in/fog.md": record("Fog", topics="[Fog]")}):
        write_files(tmp_path, change)
        said = run("build in --out out --verbose", tmp_path).out
        assert f"note: {UNMATCHED[moved]}\n" in said


def test_a_value_that_is_to_withhold_and_is_in_no_record_is_named(tmp_path: Path) -> None:
    withhold = 'withhold = { status = ["drafts", "private", "in-review"], visibility = false }'
    settings = f"{SMALL['feedkit.toml']}[records]\n{withhold}\n"
    draft = record("Draft", status="In-Review")
    write_files(tmp_path, {**SMALL, "feedkit.toml": settings, "in/draft.md": draft})
    lines = [line for line in run("check in", tmp_path).out.splitlines() if "withhold" in line]
    assert lines == ["records.withhold.status: no record has 'drafts'; did you mean 'draft'?"]
