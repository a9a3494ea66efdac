"""Keys to the lines in which they stand, however they are written."""

import pytest

from feedkit.syntax.lines import find_line

TEXT = '''\
site.title = "A" # [feeds]
site.url = "x"

[ "feeds" ]
limit = 5
formats = [
  "atom", # ]
  "rss", "]",
]
names.rss = { x = "[feeds]" }
also = {"feed.xml" = "a"}
[topics."a]b"]
description = """
[topics.z]
slug = \\"""
"""
slug = \'\'\'
[topics.y]\'\'\'
[[ topics.'C#'.images ]]
url = "1"
[[topics."C\\u0023".images]]
width = 1
url = "2"
[providers.zdnet]
parent = "y"
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("site", 1),
        ("site.url", 2),
        ("site.home", 1),
        ("feeds", 4),
        ("feeds.limit", 5),
        ("feeds.formats[1]", 6),
        ("feeds.names.rss", 10),
        ("feeds.also.feed.xml", 11),
        ("feeds.all", 4),
        ('topics."a]b".description', 13),
        ('topics."a]b".slug', 17),
        ('topics."a]b".home', 12),
        ("topics.z.slug", 12),
        ('topics."C#".images[0].url', 20),
        ('topics."C#".images[1].url', 23),
        ('topics."C#".images[1].height', 21),
        ('topics."C#".images[7].height', 19),
        ('providers."zdnet".parent', 25),
        ("ids.style", 0),
        ("", 0),
    ],
)
def test_a_key_or_what_it_is_missing_from_is_found(key: str, line: int) -> None:
    assert find_line(TEXT, key) == line
