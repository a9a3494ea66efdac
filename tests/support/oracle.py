"""What feeds must hold by sections 3 to 6 of the encoding, at default settings but for ids and
moves, from any records: what `expected.py` does for the real ones, and ids, states, hosts, ports
and names of every kind.
Equal records stand in order of file name. Every field is read as text, so a null is to be left out.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace as Bag
from typing import Any
from unicodedata import category, normalize
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import idna
import yaml

SHARED = ("youtube.com", "medium.com", "github.com", "linkedin.com", "substack.com")
NO, FAR = ("false", "no", "off", "0"), datetime.max.replace(tzinfo=UTC)
FIELDS = {"title", "webUrl", "originalUrl", "publishedDateTime"}


def clean(value: object) -> str:
    units = (value if isinstance(value, str) else "").encode("utf-16", "surrogatepass")
    text = re.sub("[\u202a-\u202e\u2066-\u2069\ufffe\uffff]", "", units.decode("utf-16", "replace"))
    return " ".join(re.sub("[\0-\x1f\x7f-\x9f]", " ", text).split())


def canonical(text: str) -> str:
    pattern = r"(?ai)^(https?)://(\[[\da-f:.]+]|[^][\s.@:/?#\\][^][\s@:/?#\\]*)(?::(\d*))?"
    pattern += r"(?:/([^?#]*))?(?:\?([^#]*))?(?:#(?::~:.*)?|#(.+))?$"
    text = re.sub("[\0-\x1f\x7f-\x9f]", "", text).strip()
    [(scheme, host, port, path, query, mark)] = re.findall(pattern, text)
    host = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    port = f":{port}" if port and int(port) != (443 if scheme[4:] else 80) else ""
    kept = [p for p in query.split("&") if not re.match("(?ai)utm_|(fbcl|gcl)id(=|$)", p)]
    tail = f"/{path}?{'&'.join(kept)}".removesuffix("?" * (kept in ([], [""])))
    tail += "#" * bool(mark) + mark.replace("#", "%23")
    tail = quote(re.sub("%(?![0-9A-Fa-f]{2})", "%25", tail), safe="!#$&'()*+,;=:@/?%")
    return f"{scheme.lower()}://{host.removesuffix('.')}{port}{tail}"


def tail(url: str) -> str:
    return url.partition(":")[2]


def lead(url: str, moved: dict[str, str]) -> list[str]:
    """The prefix under which a URL has moved, if it has."""
    olds = [old for old in moved if tail(url).startswith(tail(old))]
    for old in sorted(olds, key=lambda old: len(tail(old)))[-1:]:
        here, there = tail(old), tail(moved[old])
        if here == there or not (there.startswith(here) and tail(url).startswith(there)):
            return [old]
    return []


def follow(url: str, moved: dict[str, str], used: tuple[str, ...] = ()) -> str:
    """Where a URL leads now."""
    for old in {*lead(url, moved)} - {*used}:
        return follow(change(url, old, moved[old]), moved, (*used, old))
    return url


def change(url: str, old: str, new: str) -> str:
    return canonical(new + tail(url)[len(tail(old)) :])


def trace(url: str, moved: dict[str, str], used: tuple[str, ...] = ()) -> str:
    """The first URL that an article has had."""
    pairs = [(old, new) for old, new in moved.items() if tail(url).startswith(tail(new))]
    for old, new in sorted(pairs, key=lambda pair: -len(tail(pair[1]))):
        before = change(url, new, old)
        if lead(before, moved) == [old] != lead(url, moved):
            return url if old in used else trace(before, moved, (*used, old))
    return next((old + tail(url)[len(tail(old)) :] for old in lead(url, moved)), url)


def slug(name: str) -> str:
    """Of a topic or title; equal where, and only where, their identities are."""
    name = normalize("NFKC", name)
    text = re.sub("^[#@]", "", "".join(c for c in name.casefold() if category(c) != "Cf"))
    text = text.translate({38: " and ", 43: " plus ", 35: " sharp ", 64: " at "})
    text = "".join(c if category(c)[0] in "LM" or c.isdigit() else " " for c in text)
    text = " ".join(text.split()) or name
    made, digest = text.replace(" ", "-"), hashlib.sha256(text.encode()).hexdigest()[:8]
    odd = re.fullmatch(r"[\W_]+|con|prn|aux|nul|(com|lpt)[1-9]|.*-[0-9a-f]{8}", made)
    start = re.sub(r"^[\W_]+$", "x", made.encode()[:71].decode(errors="ignore"))
    return f"{start}-{digest}" if odd or len(made.encode()) > 80 else made


def article(row: Any, now: datetime, says: Bag) -> Bag | None:
    """A record or an item of a related list; None without a usable title, URL or date."""
    try:
        text = {name: kept for name, value in row.items() if (kept := clean(value))}
        url = canonical(text["webUrl" if "webUrl" in text else "originalUrl"])
        stamps = text["publishedDateTime"], text.get("updatedDateTime", "0001-01-01T00Z")
        dates = [datetime.fromisoformat(stamp).replace(microsecond=0) for stamp in stamps]
        dates = [d.replace(tzinfo=d.tzinfo or UTC).astimezone(UTC) for d in dates]
        first, url = (way(url, says.moved) for way in (trace, follow))
        made = Bag(url=url, key=tail(url), title=text["title"], published=dates[0])
        made.id = first if says.style == "url" else make_id(tail(first))
        made.rank = max(dates), int(text.get("quality", -(10**9)))
        made.own = make_id(made.key, text["id"]) if "id" in text else ""
        states = [s for s in ("removed", "deleted", "draft") if text.get(s, "no").lower() not in NO]
        states += ["future"] * (made.published > now)
        states += ["unpublished"] * (text.get("published", "").lower() in NO)
        made.state = [*states, "published"][0]
        who = row.get("provider") or {}
        name, site = clean(who.get("name")), canonical(f"https://{who.get('domain') or 'x'}")[8:-1]
        site = site.removeprefix("www.") if "." in site else slug(name) if name else ""
        made.path = f"providers/{site}" + f"_{slug(name)}" * (site in SHARED) if site else ""
        topics = [clean(clean(topic).replace(",", " ")) for topic in row.get("topics") or []]
        made.tags = {slug(topic): topic for topic in reversed(topics)}
        made.tags = {slug(topic): made.tags[slug(topic)] for topic in topics}
        made.items = [item for r in row.get("related") or [] if (item := article(r, now, says))]
    except (AttributeError, KeyError, ValueError):
        return None
    return made


def make_id(key: str, own: str = "") -> str:
    if re.fullmatch(r"(?ai)[a-z][a-z\d+.-]*:\S+", own):
        return own
    known = re.fullmatch(r"(?ai)[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}", own)
    made = (
        own.lower() if known else uuid5(NAMESPACE_URL, f"feedkit:{own}" if own else f"https:{key}")
    )
    return f"urn:uuid:{made}"


def read(folders: Sequence[str | Path], now: datetime, says: Bag, count: Counter[str]) -> list[Bag]:
    """All records with their ids, best first."""
    rows, holders = [], dict[str, str]()
    found = {(f.name, f): f.relative_to(d) for d in folders for f in Path(d).rglob("*.*")}
    for (name, file), path in sorted(found.items()):
        hidden = re.search(r"(^|/)(\.|_drafts/)", path.as_posix())
        if not hidden and name.endswith((".md", ".markdown", ".html")):
            front = re.match(r"---\s*\n(.*?)\n---\s*(\n|$)", file.read_text("utf-8-sig"), re.DOTALL)
            try:
                fields = yaml.load(front[1], yaml.BaseLoader) if front else {}
            except yaml.YAMLError:
                fields = {"title": ""}
            row = article(fields, now, says)
            rows += [row] if row else []
            count["read" if row else "rejected" if {*fields} & FIELDS else "other"] += 1
    owned = {row.key: row.own for row in sorted(rows, key=lambda row: row.own)[::-1] if row.own}
    named = {**elect(rows, lambda row: row.state != "published"), **owned, **says.given}
    for row in sorted(rows, key=lambda row: (-row.rank[0].timestamp(), row.key)):
        row.id = named[row.key]
        if row.state == "published" and holders.setdefault(row.id, row.key) != row.key:
            row.state = "rejected"
    count.update(row.state for row in rows)
    return sorted(rows, key=lambda row: row.rank, reverse=True)


def elect(articles: Iterable[Bag], worst: Callable[[Bag], bool]) -> dict[str, str]:
    """The ids made of URLs, by key: of several the smallest, those that are worst last."""
    ranked = sorted(articles, key=lambda one: (worst(one), one.id))
    return {one.key: one.id for one in ranked[::-1]}


def merge(rows: list[Bag], given: dict[str, str]) -> dict[str, Bag]:
    """The primaries by key; of their lists what is neither withheld, repeated nor themselves."""
    leads: dict[str, Bag] = {}
    alive = {row.key for row in rows if row.state in ("published", "unpublished")}
    alive -= {row.key for row in rows if row.state == "rejected"}
    gone, ids = {row.key for row in rows} - alive, {row.key: row.id for row in rows}
    items = [item for row in rows if row.state == "published" for item in row.items]
    ids = {**elect(items, lambda item: item.id.startswith("http:")), **given, **ids}
    for row in (row for row in rows if row.state == "published"):
        lead = leads.setdefault(row.key, row)
        lead.tags = {**lead.tags, **row.tags, **lead.tags}
        lead.items += row.items * (row is not lead)
    for lead in leads.values():
        titles, listed = {slug(lead.title)}, lead.items
        lead.items, lead.primary = {}, True
        for item in listed:
            if item.state != "future" and item.key not in gone | {lead.key, *lead.items}:
                lead.items[item.key] = item
                item.id = ids[item.key]
                item.told = slug(item.title) in titles and item.key not in leads
                item.is_echo = item.key not in leads and slug(item.title) == slug(lead.title)
                item.items, item.tags, item.primary = {}, {"": "Related coverage"}, False
                titles.add(slug(item.title))
    items = [item for lead in leads.values() for item in lead.items.values()]
    echoes = {item.key for item in items if item.is_echo}
    for item in items:
        item.told |= item.key in echoes
    return leads


def newest(entries: Iterable[Bag], limit: int) -> list[Bag]:
    return sorted(entries, key=lambda e: (-e.published.timestamp(), e.id))[:limit]


def stand(own: list[Bag], near: list[Bag], parents: dict[str, list[Bag]]) -> list[Bag]:
    """The newest of what is listed, less those beside a lister that has their title."""
    shown = newest(near, 50)
    titles = {(e.key, slug(e.title)) for e in own + shown}
    beside = [
        e.key
        for e in shown
        if not e.primary and any((p.key, slug(e.title)) in titles for p in parents[e.key])
    ]
    return stand(own, [e for e in near if e.key not in beside], parents) if beside else shown


def climb(tags: Iterable[str], above: dict[str, str]) -> set[str]:
    """The topics and all above them."""
    return {*tags}.union(*(climb([above[tag]], above) for tag in tags if tag in above))


def expect_feeds(
    folders: Sequence[Any],
    related: str = "entries",
    now: datetime = FAR,
    style: str = "uuid",
    moved: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    above: dict[str, str] | None = None,
) -> Bag:
    """Per path the entries in order: id, url, title, published, primary, tags (by slug), items
    (what it lists, by key, with id and url), parents (entries); and counts, by state too. A
    topic's feed holds those of the topics that `above` puts it above (slugs)."""
    feeds, count, parents = {}, Counter[str](), defaultdict(list)
    says = Bag(style=style, moved={canonical(k): canonical(v) for k, v in (moved or {}).items()})
    says.given = {tail(follow(canonical(k), says.moved)): v for k, v in (given or {}).items()}
    entries = leads = merge(read(folders, now, says, count), says.given)
    for lead in leads.values():
        heard = [item for item in lead.items.values() if not item.told]
        lead.shown = {item.key for item in heard[: 5 * (related == "entries")]}
        for item in lead.items.values():
            parents[item.key].append(lead)
        for item in heard:
            best = max(entries.get(item.key, item), item, key=lambda e: e.rank)
            entries = entries | {item.key: leads.get(item.key, best)}
    for key, e in entries.items():
        e.parents = newest((p for p in parents[key] if p.key not in e.items), 10)
        tags = climb(e.tags, above or {}) if e.primary else ()
        e.paths = {"all", *(f"topics/{tag}" for tag in tags)} if e.primary else set()
        e.paths |= {e.path} - {""}
    seen = {*leads}.union(*(lead.shown for lead in leads.values()))
    for path in sorted(set[str]().union(*(entries[key].paths for key in seen))):
        own = newest((lead for lead in leads.values() if path in lead.paths), 50)
        whole = path.startswith("providers/")
        near = {key for lead in (leads.values() if whole else own) for key in lead.shown}
        near -= {lead.key for lead in own} | {
            k for k in near if whole and path not in entries[k].paths
        }
        feeds[path] = newest(own + stand(own, [entries[key] for key in near], parents), 100)
    count["retold"] = sum(item.told for lead in leads.values() for item in lead.items.values())
    count["articles"], count["duplicates"] = count["published"], count["published"] - len(leads)
    return Bag(feeds=feeds, count=count)
