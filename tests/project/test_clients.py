"""Feed readers, run on a built folder: all see the same entries, and related ones can be joined."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import etree

from clients import (
    ATOM,
    CLIENTS,
    FAULTS,
    FORMS,
    HIDDEN,
    JSON,
    NAMESPACES,
    RSS,
    Seen,
    Subscription,
    read_subscriptions,
    read_with_json,
    read_with_lxml,
)

READINGS = [(client, form) for client, (_, forms) in CLIENTS.items() for form in forms]
#: The folder of OPML for the first part of a feed's path.
FOLDERS = {"topics": "Topics", "providers": "Providers"}
#: The most parents that an entry names.
MAX_PARENTS = 10

Check = Callable[[dict[str, Any], dict[str, Any]], bool]


def outputs(built: Path) -> Iterator[tuple[Path, str]]:
    """Yield every feed's file and its form, by path."""
    for path in sorted(built.rglob("*")):
        if path.name in FORMS:
            yield path, path.name


def files(built: Path, form: str) -> list[Path]:
    found = [path for path, other in outputs(built) if other == form]
    assert found
    return found


def differences(seen: list[Seen], wanted: list[Seen], client: str, form: str) -> list[str]:
    if len(seen) != len(wanted):
        return [f"{len(seen)} entries, not {len(wanted)}"]
    found = []
    for number, (one, other) in enumerate(zip(seen, wanted, strict=True)):
        for field in fields(Seen):
            got, want = getattr(one, field.name), getattr(other, field.name)
            if field.name in HIDDEN.get((client, form), ()):
                want = None
            fault = FAULTS.get((client, form, field.name))
            if got != want and not (fault and fault.search(want)):
                found.append(f"entry {number}: {field.name}: {got!r}, not {want!r}")
    return found


def test_every_feed_stands_in_every_form(built: Path) -> None:
    folders = {form: {path.parent for path in files(built, form)} for form in FORMS}
    assert folders[ATOM] == folders[RSS] == folders[JSON]


@pytest.mark.parametrize(("client", "form"), READINGS)
def test_every_client_shows_the_entries_that_the_json_feed_holds_in_its_order(
    built: Path, client: str, form: str
) -> None:
    read, _ = CLIENTS[client]
    wrong = {}
    entries = 0
    for path in files(built, form):
        wanted = read_with_json(path.with_name(JSON))
        entries += len(wanted)
        if found := differences(read(path), wanted, client, form):
            wrong[str(path.relative_to(built))] = found
    assert wrong == {}
    assert entries


@pytest.mark.parametrize("form", [ATOM, RSS])
def test_every_related_link_is_the_url_of_an_entry_or_of_a_related_item(
    built: Path, form: str
) -> None:
    links = 0
    for path in files(built, form):
        items = read_items(path.with_name(JSON))
        known = {bare(item["url"]) for item in items}
        known |= {bare(other["url"]) for item in items for other in others(item)}
        found = {href for entry in read_with_lxml(path) for href in entry.related or ()}
        assert {href for href in found if bare(href) not in known} == set(), path
        links += len(found)
    assert links


def test_a_related_item_has_the_id_and_the_url_of_its_entry(built: Path) -> None:
    def agree(other: dict[str, Any], entry: dict[str, Any]) -> bool:
        return bool(other["id"] == entry["id"] and bare(other["url"]) == bare(entry["url"]))

    joined = 0
    for path in files(built, JSON):
        items = read_items(path)
        by_id = {item["id"]: item for item in items}
        by_url = {bare(item["url"]): item for item in items}
        for item in items:
            for other in others(item):
                for entry in (by_id.get(other["id"]), by_url.get(bare(other["url"]))):
                    assert entry is None or agree(other, entry), (path, other)
                    joined += entry is not None
    assert joined


def test_an_entry_that_another_lists_names_it_as_its_parent(built: Path) -> None:
    named = 0
    for path in files(built, JSON):
        items = {item["id"]: item for item in read_items(path)}
        for parent in items.values():
            for listed in told_of(parent):
                entry = items.get(listed["id"])
                if entry is None or lists(entry, parent):  # both ways: it stands once, as related
                    continue
                parents = [ids(other) for other in ours(entry, "related_to")]
                if ids(parent) not in parents:
                    assert len(parents) == MAX_PARENTS, (path, entry["url"], parent["url"])
                named += ids(parent) in parents
    assert named


def test_a_parent_that_an_entry_names_lists_it(built: Path) -> None:
    listed = 0
    for path in files(built, JSON):
        items = {item["id"]: item for item in read_items(path)}
        for entry in items.values():
            for other in ours(entry, "related_to"):
                if parent := items.get(other["id"]):
                    assert lists(parent, entry), (path, entry["url"], parent["url"])
                    listed += 1
    assert listed


def test_the_subscription_list_holds_each_feed_once_in_its_folder_by_title(built: Path) -> None:
    wanted = sorted((subscription(built, path) for path in files(built, ATOM)), key=rank)
    opml = built / "feeds.opml"
    assert read_subscriptions(opml) == wanted
    # listparser lists an address once, however often it stands.
    assert len(etree.parse(opml).findall(".//outline[@xmlUrl]")) == len(wanted)


def subscription(built: Path, path: Path) -> Subscription:
    """Return what a feed says of itself; its address must be where it stands."""
    root = etree.parse(path).getroot()
    title = root.findtext("a:title", namespaces=NAMESPACES)
    link = root.find("a:link[@rel='self']", NAMESPACES)
    assert title is not None
    assert link is not None
    name = path.relative_to(built)
    url = str(link.attrib["href"])
    assert unquote(url).endswith(f"/{name.as_posix()}")
    folder = FOLDERS.get(name.parts[0])
    return Subscription(title, url, ((folder,),) if folder else ())


def rank(one: Subscription) -> tuple[int, str, str]:
    order: list[tuple[tuple[str, ...], ...]] = [(), *(((folder,),) for folder in FOLDERS.values())]
    return order.index(one.categories), one.title.casefold(), one.url


def read_items(path: Path) -> list[dict[str, Any]]:
    items = json.loads(path.read_bytes())["items"]
    assert len({item["id"] for item in items}) == len(items), path
    return list(items)


def ours(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return list(item.get("_feedkit", {}).get(name, ()))


def others(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [*ours(item, "related"), *ours(item, "related_to")]


def told_of(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield its related items but those that tell it, or an earlier one, again: they stay links."""
    told = {words(parent["title"])}
    for other in ours(parent, "related"):
        if words(other["title"]) not in told:
            yield other
        told.add(words(other["title"]))


def words(title: str) -> str:
    """Return what two titles share that differ in case, width, spaces or punctuation alone."""
    text = unicodedata.normalize("NFKC", title).casefold().lstrip("#@")
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    for sign, name in {"&": "and", "+": "plus", "#": "sharp", "@": "at"}.items():
        text = text.replace(sign, f" {name} ")
    return " ".join(re.findall(r"[^\W_]+", text)) or text


def lists(item: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return ids(wanted) in [ids(other) for other in ours(item, "related")]


def ids(item: dict[str, Any]) -> tuple[str, str]:
    return item["id"], bare(item["url"])


def bare(url: str) -> str:
    """Return the URL without its scheme: the same article may stand under http and https."""
    return url.partition("://")[2]
