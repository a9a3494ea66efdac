"""Every limit of feedkit. Imports nothing; `make limits-page` writes docs/limits.md from it.

Names end in their unit; those without one count what they name. The comment above a limit says
its unit, what it bounds, and what becomes of the rest.
"""

from __future__ import annotations

# Files

#: bytes: A Markdown or HTML file with front matter, and one record of a list. Of a longer Markdown
#: file this much is read; a longer record of a list is left out and named.
RECORD_BYTES = 5 * 2**20
#: bytes: A `.json` or `.jsonl` file of records. A longer one is left out and named.
LIST_BYTES = 2**30
#: bytes: `feedkit.toml`. A longer one is an error.
SETTINGS_BYTES = 5 * 2**20
#: bytes: A data file, and `ids.json`. A longer one is an error.
DATA_BYTES = 256 * 2**20
#: bytes: A published file, the manifest included. A longer one is neither read nor written.
PUBLISHED_BYTES = 256 * 2**20
#: feeds: A published manifest. One that names more is refused.
PUBLISHED_FEEDS = 100_000
#: bytes: One answer of a server that `--previous` asks. A longer one is an error.
PREVIOUS_BYTES = 64 * 2**20
#: bytes: One answer of a WebSub hub. The rest is not read.
HUB_BYTES = 65_536
#: bytes: One answer that `feedkit doctor` reads, unpacked. A longer one is a finding.
ANSWER_BYTES = 20_000_000

# Records

#: characters: The title of an article or a related item, as cleaned. A longer one is cut.
TITLE_CHARACTERS = 2_000
#: characters: An excerpt, as cleaned. A longer one is cut.
EXCERPT_CHARACTERS = 65_536
#: characters: The name of a topic. A longer one is left out and named; in settings and data files
#: it is an error.
TOPIC_CHARACTERS = 200
#: characters: The name of a provider. A longer one counts as missing and is named; in settings and
#: data files it is an error.
PROVIDER_CHARACTERS = 200
#: characters: A URL as feedkit writes it. A longer one is refused: the record, the related item,
#: picture or enclosure that has it is left out and named.
URL_CHARACTERS = 8_192
#: characters: A record's own id. A longer one costs the record.
ID_CHARACTERS = 2_048
#: characters: A language tag. A longer one counts as missing.
LANGUAGE_CHARACTERS = 200
#: characters: A media type. An enclosure with a longer one is left out and named.
MEDIA_TYPE_CHARACTERS = 200
#: characters: A host name as it is spelt. What has a longer one is no URL.
HOST_CHARACTERS = 1_024
#: characters: The domain of a provider. A longer one counts as missing.
DOMAIN_CHARACTERS = 253
#: characters: A date. A longer text is none.
DATE_CHARACTERS = 60
#: topics: One article. The rest is left out and named: each is a feed that holds the entry, and
#: each entry names them all, so that the bytes grow as squares.
TOPICS = 500
#: characters: The names of one article's topics together. The rest is left out and named.
TOPICS_CHARACTERS = 16_384
#: items: The related list of one article. The rest is left out and named.
RELATED = 500
#: pictures: One article, related item, provider, or topic. The rest is left out and named; in
#: settings and data files it is an error.
IMAGES = 200
#: enclosures: One article. The rest is left out and named.
ENCLOSURES = 200
#: number: `quality`, `heat` and `length`, below zero too: what every reader of JSON can hold (RFC
#: 8259, 6).
INTEGER = 2**53 - 1
#: pixels: The width and height of a picture. A larger one counts as unknown.
PIXELS = 2**31 - 1
#: levels: Lists and mappings within each other in a JSON record, which Python's reader takes at
#: least. Of a deeper record it decides; one that it refuses is left out and named.
JSON_LEVELS = 500
#: digits: A whole number in a JSON record. A record with a longer one is left out and named.
JSON_DIGITS = 4_300
#: levels: Lists and mappings within each other in YAML. What is deeper is an error.
YAML_LEVELS = 200
#: nodes: What the aliases of one YAML document repeat. More is an error.
YAML_ALIASED_NODES = 10_000
#: characters: What the aliases of one YAML document repeat. More is an error.
YAML_ALIASED_CHARACTERS = 2**20
#: characters: The own fields of one article, `[records.extensions]`, keys included; each value is
#: one more. More is an error.
EXTENSIONS_CHARACTERS = 65_536
#: levels: Lists and mappings within each other in an own field. What is deeper is an error.
EXTENSIONS_LEVELS = 100
#: characters: A text in which the line of an error is looked for. In a longer one no line is named.
LOCATED_CHARACTERS = 2**20

# Bodies

#: characters: Markdown, embedded pictures not counted. What is longer shows nothing of its own.
MARKDOWN_CHARACTERS = 2**17
#: characters: HTML, embedded pictures not counted. What is longer shows nothing of its own.
HTML_CHARACTERS = 2**19
#: tags: HTML; of Markdown, opening brackets. What has more shows nothing of its own.
BODY_TAGS = 16_000
#: addresses: Bare ones in Markdown that become links. Of more, none does.
BARE_LINKS = 400
#: levels: Blocks within each other in Markdown. What is deeper is text.
MARKDOWN_LEVELS = 40
#: characters: The addresses and titles that the references of one Markdown body repeat, wherever
#: they stand. A body with more shows nothing of its own.
REFERENCE_CHARACTERS = 2**22
#: tokens: The blocks of one Markdown body, with the cells that the parser adds to short rows of
#: tables. A body with more shows nothing of its own.
MARKDOWN_TOKENS = 2**16
#: lines: A Markdown body, each counted as often as its deepest quotation has levels. A body with
#: more shows nothing of its own.
QUOTED_LINES = 2**18
#: levels: Elements within each other. What is deeper is shown without its own tags.
HTML_LEVELS = 100
#: bytes: The HTML of a body as it is published. Of a longer one the excerpt is shown.
BODY_BYTES = 65_536

# Settings

#: characters: A title, a name or a label in settings and data files, but for names of topics and
#: providers. A longer one is an error.
SETTING_CHARACTERS = 2_000
#: characters: A description in settings and data files. A longer one is an error.
DESCRIPTION_CHARACTERS = 65_536
#: bytes: A name between two slashes of an address in settings, and a file's. A longer one is an
#: error.
SEGMENT_BYTES = 200
#: bytes: The same where it holds `{slug}`: file systems take 255, and a slug has at most 188.
TEMPLATE_BYTES = 60
#: folders: The address of a feed. A deeper one is an error.
FOLDERS = 8
#: bytes: The folder that a name makes. A longer one is cut and gets 8 digits of its digest.
SLUG_BYTES = 80
