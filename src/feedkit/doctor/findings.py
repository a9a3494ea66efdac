"""Everything that can be found, what is said of it, and what to do: one table, for docs too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_HOSTING = "see docs/hosting"


class Kind(NamedTuple):
    """One kind of finding."""

    #: With ``{found}`` and ``{wanted}``.
    says: str
    do: str
    #: Whether it is said, and nothing is wrong.
    is_note: bool = False


KINDS = {
    # Who comes there at all.
    "plain-http": Kind(
        "asked by plain http", "serve it by https: anybody on the way can change it"
    ),
    "no-answer": Kind("no whole answer: {found}", "see its name, port, certificate and log"),
    "slow": Kind("{found}", "see what the server does meanwhile; --timeout waits longer"),
    "endless": Kind("more than {wanted}; the rest was not read", "see what the server sends"),
    "status": Kind("status {found}, wanted {wanted}", "publish it, or name it no more"),
    "challenge": Kind(
        "a check for people ({found}) where a feed should be",
        f"exempt feeds from it: reader programs cannot pass; {_HOSTING}",
    ),
    "html": Kind(
        "an HTML page where a feed should be", f"publish the feed there; {_HOSTING}"
    ),
    "redirect": Kind(
        "moved for good ({found}) to {wanted}", "name the new address wherever feeds are named"
    ),
    "detour": Kind(
        "redirected for now ({found}) to {wanted}",
        "serve it where it is named: readers ask both, each time",
    ),
    "redirect-http": Kind(
        "redirected from https to plain http, {wanted}", "redirect to https, if at all"
    ),
    "redirect-away": Kind(
        "redirected to another server, {wanted}, and not followed",
        "serve it where it is named, or look there too with --also",
    ),
    "redirect-endless": Kind("redirected more than {wanted} times", "see where redirects lead"),
    "unfinished": Kind(
        "{found} addresses not looked at within {wanted}", "ask for less: --limit"
    ),
    # How it is served.
    "type": Kind("served as {found}, wanted {wanted}", f"set its media type; {_HOSTING}"),
    "charset": Kind("served with charset {found}, wanted {wanted}", f"set it; {_HOSTING}"),
    "download": Kind(
        "served with Content-Disposition {found}", "leave it out: browsers save, and do not show"
    ),
    "cache": Kind("Cache-Control: {found}, wanted {wanted}", f"set it; {_HOSTING}"),
    "etag": Kind("no ETag", f"let the server send one; {_HOSTING}"),
    "etag-304": Kind(
        "asked again with its ETag: status {found}, wanted 304",
        f"let it through to the files' server: readers load everything each time; {_HOSTING}",
    ),
    "etag-gzip": Kind(
        "asked again with its ETag, which ends in -gzip: status {found}, wanted 304; Apache writes"
        " that where it compresses, and does not know it again",
        "add this line to .htaccess or the server's configuration: RequestHeader edit*"
        " If-None-Match '-gzip\"' '\"'; see docs/hosting/apache.md",
    ),
    "date": Kind("no Last-Modified", f"let the server send one; {_HOSTING}"),
    "date-304": Kind(
        "asked again with its Last-Modified: status {found}, wanted 304",
        f"let it through to the files' server; {_HOSTING}",
    ),
    "always-304": Kind(
        "asked with an ETag that it never gave: status 304, wanted 200",
        "let the files' server compare ETags: readers see nothing new",
    ),
    "gzip": Kind("{found} bytes, not compressed", f"offer gzip; {_HOSTING}"),
    "gzip-broken": Kind("its gzip cannot be read: {found}", "see what compresses it"),
    "gzip-other": Kind(
        "gzip holds other bytes than are served without", "delete old .gz files; purge caches"
    ),
    "gzip-unasked": Kind(
        "encoded as {found} for who did not ask", "let the server heed Accept-Encoding"
    ),
    "vary": Kind(
        "gzip without Vary: Accept-Encoding",
        f"set it: caches give gzip to who cannot read it; {_HOSTING}",
    ),
    "etag-shared": Kind(
        "one strong ETag with gzip and without",
        "give each its own, or weak ones (W/): caches take either for the other",
    ),
    # What it is.
    "malformed": Kind("no feed that can be read: {found}", "publish it again"),
    "format": Kind("it is {found}, wanted {wanted}", "name it as what it is"),
    "invalid": Kind("not valid: {found}", "publish it again as it was built"),
    "self": Kind(
        "calls itself {found}", "set [site] url to where feeds are, and build again"
    ),
    "no-self": Kind("does not say its own address", "give it a link rel=self (feed_url)"),
    "repeated": Kind("ids that stand twice: {found}", "give each entry an id of its own"),
    "size": Kind("{found} bytes, wanted at most {wanted}", "lower [feeds] limit"),
    "old": Kind("nothing new since {found}, wanted {wanted}", "see that builds run, and deploy"),
    "future": Kind("dated {found}, which is to come", "see the records' dates and the clock"),
    "stale": Kind(
        "other bytes than feeds.json names", "deploy whole, and purge caches of what changed"
    ),
    "kept": Kind(
        "bytes of before and after a change, as Cache-Control lets a cache keep them",
        "look again when max-age and stale-while-revalidate are over",
        is_note=True,
    ),
}  # fmt: skip

#: What differs at each address, and is still one thing to do: what was found, or where it leads.
_VARIED = ("gzip", "size", "self", "old", "repeated")
_LED = ("redirect", "detour", "redirect-http", "redirect-away")


class Finding(NamedTuple):
    """Something that is wrong at an address."""

    #: The address, as seen from the one that was named.
    name: str
    kind: str
    found: str = ""
    wanted: str = ""

    @property
    def text(self) -> str:
        """What is wrong."""
        return KINDS[self.kind].says.format(found=self.found, wanted=self.wanted)


def list_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield one line for all addresses of which the same is found, or the same but for a detail."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        key = one.wanted if one.kind in _VARIED else one.text
        groups.setdefault((one.kind, "" if one.kind in _LED else key), []).append(one)
    for (kind, _), group in groups.items():
        more = f" and {len(group) - 1:,} more" if group[1:] else ""
        yield f"{group[0].name}{more}: {group[0].text}; {KINDS[kind].do}"
