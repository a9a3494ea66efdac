"""Sites of all kinds, as hypothesis draws them: settings, data files and what records may say."""

import json
import tempfile
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

import feedkit
from settings_page import write_toml

Tables: TypeAlias = dict[str, Any]

#: Among them names that are one topic, and names that look like addresses and files.
NAMES = [
    *("Tides", "tides", "TIDES!", "C#", "csharp", "c sharp", "Café", "Cafe\u0301", "Sea", "World"),
    *("all", "old", "..", "atom.xml", "x.y", "con", "R&D", "北京", "Straße", "strasse", "\u0301a"),
]
TOPICS = st.sampled_from(NAMES) | st.text("ab.-tT{}/é\u0301", min_size=1, max_size=6)
DOMAINS = ["", "post.example.org", "www.Post.example.org", "atom.xml", "medium.com", "all.t"]
PROVIDERS = st.builds(
    lambda name, domain: {"name": name, **({"domain": domain} if domain else {})},
    TOPICS,
    st.sampled_from(DOMAINS),
)
_SEGMENTS = [
    "all",
    "t",
    "T",
    "x.y",
    "atom.xml",
    "café",
    "cafe\u0301",
    "topics",
    "old",
    "feeds.json",
]
_MARKED = ["{slug}", "{slug}", "t-{slug}", "{slug}-t", "e{slug}", "é{slug}"]
_FIXED = st.lists(st.sampled_from(_SEGMENTS), max_size=3).map("/".join)
_TEMPLATES = st.builds(
    lambda head, one, tail: "/".join([*head, one, *tail]),
    st.lists(st.sampled_from(_SEGMENTS), max_size=2),
    st.sampled_from(_MARKED),
    st.lists(st.sampled_from(_SEGMENTS), max_size=1),
)
_FILES = ["t", "T", "index.xml", "café.xml", "cafe\u0301.xml", "ATOM.xml", "rss.xml"]
_FORMATS = ["atom", "rss", "json"]
_PLACES = st.sampled_from(
    ["all", "old", "topics/old", "topics/tides", "topics/Tides", "topics/café", "t/cafe\u0301", ""]
)
FEEDS: dict[str, st.SearchStrategy[Any]] = {
    "formats": st.lists(st.sampled_from(_FORMATS), min_size=1, unique=True),
    "related": st.sampled_from(["entries", "links", "none", {"topics": "links"}]),
    "retold": st.sampled_from(["links", "entries"]),
    "roll_up": st.booleans(),
    "all": _FIXED | st.just(False),
    "topics": _TEMPLATES | st.just(False),
    "providers": _TEMPLATES | st.just(False),
    "names": st.dictionaries(st.sampled_from(_FORMATS), st.sampled_from(_FILES), max_size=2),
    "also": st.dictionaries(
        st.sampled_from([*_FILES, "feed.xml"]), st.sampled_from(["atom.xml", "rss.xml"]), max_size=2
    ),
}
_SLUGS = st.sampled_from(["tides", "csharp", "old", "sea", "北京"])
_ABOUT = {
    "slug": _SLUGS,
    "title": st.just("Said"),
    "images": st.just([{"url": "/a.png", "width": 64, "height": 64}]),
}
_KNOWN = {"_id": _SLUGS, "description": st.just("Known"), "images": _ABOUT["images"]}
_PARENT = {"parent": st.sampled_from(["Sea", "World", "Above"])}


def _list_known(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    one = st.fixed_dictionaries({"name": st.sampled_from(NAMES)}, optional=keys)
    return st.lists(one, min_size=1, max_size=2)


def is_taken(tables: Tables) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            load_site(Path(folder), tables)
        except feedkit.ConfigError:
            return False
    return True


#: What feedkit.toml says, and under ``data`` what stands in files of their own.
SITES = st.fixed_dictionaries(
    {"feeds": st.fixed_dictionaries({}, optional=FEEDS)},
    optional={
        "topics": st.dictionaries(
            st.sampled_from(NAMES), st.fixed_dictionaries({}, optional=_ABOUT | _PARENT), max_size=2
        ),
        "providers": st.dictionaries(
            st.sampled_from(["post.example.org", "Tides", "medium.com_Tides"]),
            st.fixed_dictionaries({}, optional=_ABOUT),
            max_size=2,
        ),
        "redirects": st.dictionaries(_PLACES, _PLACES, max_size=3),
        "ids": st.sampled_from([{"style": "url"}, {"style": "uuid"}]),
        "moved": st.just({"https://news.example.org/": "https://example.org/moved/"}),
        "data": st.fixed_dictionaries(
            {},
            optional={
                "topics": _list_known(_KNOWN | _PARENT),
                "organizations": _list_known(_KNOWN),
            },
        ),
    },
).filter(is_taken)


def load_site(folder: Path, tables: Tables) -> feedkit.Config:
    """Write the settings and data files into `folder`, and return what they come to.

    Raises:
        ConfigError: They cannot be used.
    """
    site = {"title": "Harbour", "url": "https://feeds.example.org/", "home": "https://example.org/"}
    data = {key: f"{key}.yaml" for key in tables.get("data", {})}
    for key, file in data.items():
        (folder / file).write_text(json.dumps(tables["data"][key]), "utf-8")
    said = {"site": site, **tables, "data": data}
    lines = (f"{key} = {write_toml(value)}\n" for key, value in said.items())
    (folder / "feedkit.toml").write_text("".join(lines), "utf-8")
    return feedkit.load_config(folder / "feedkit.toml")
