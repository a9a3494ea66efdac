"""Canonical URLs, URL keys and permanent ids (RFC 3986, RFC 4122, RFC 5890)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from hashlib import sha1
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from unicodedata import bidirectional, category
from urllib.parse import urljoin
from uuid import NAMESPACE_URL

from ..errors import UrlError
from ..limits import HOST_CHARACTERS, URL_CHARACTERS

# Nearly every address is canonical already; this sees it in a microsecond. It has no query, no
# fragment, no percent sign, no port, no upper-case host, no final dot, no label in Punycode and no
# number at its end that could need work.
_CANONICAL = re.compile(
    r"https?://(?:(?!xn--)[a-z0-9_-]++\.)*+(?!xn--)[a-z_-][a-z0-9_-]*+/"
    r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*",
    re.ASCII,
)
_PARTS = re.compile(
    r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL | re.ASCII
)
_HOST = re.compile(r"[a-z0-9\-._~!$&'()*+,;=]+", re.ASCII)
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]", re.ASCII)
# WHATWG URL, "ends in a number checker": browsers read such a host as an IPv4 address.
_NUMBER = r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)"
_JOINERS = "\u200c\u200d"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# RFC 3986, 3.3 to 3.5: what may stand in a path, a query and a fragment as it is.
_UNSAFE = {
    part: re.compile(rf"%(?![0-9A-Fa-f]{{2}})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%{more}]")
    for part, more in (("path", ""), ("query", "?"), ("fragment", "?"))
}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
# What few builds need is compiled when it is used: that takes a hundredth of the command's start.
# White space, which readers trim, and marks of direction (RFC 3987, 4.1).
_NOT_IRI = "[\\s\u200e\u200f\u202a-\u202e\ufeff]"
_KEY = r"([^/?#]*)(/[^?#]*)(?:\?([^#]*))?(?:#(.*))?"
_PATH = r"/[^?#]*"
# A character as it is compared, of which an escape is one.
_CHARACTER = r"%[0-9A-Fa-f]{2}|."
_ESCAPES = r"(?:%[0-9A-Fa-f]{2})+"
# RFC 3986, 2.3: letters, digits, `-`, `.`, `_` and `~`, with hex digits in upper case.
_UNRESERVED = r"%(?:2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)"
_DOT = "%2[Ee]"
_TRACKING = re.compile(r"utm_[^=]*|fbclid|gclid", re.IGNORECASE | re.ASCII)
_NAMESPACE = NAMESPACE_URL.bytes
NO_URL = "no absolute http(s) URL"
"""Why most addresses are refused."""
TOO_LONG = f"more than {URL_CHARACTERS:,} characters"
"""Why an address is refused that is one; it has no key either."""
#: Characters that are not even escaped; moves may lengthen an address, each by less than its limit.
_HOPELESS = 16 * URL_CHARACTERS
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical_url(text: str) -> str:
    """Return the one spelling under which feedkit writes the address of an article.

    Tracking parameters and text fragments go; everything else that could name another page
    stays as it is.

    Raises:
        UrlError: It is no absolute http(s) URL, has no host, names a user, or is too long.
    """
    return _bound(spell_canonical(text))


def spell_canonical(text: str) -> str:
    """Return the canonical URL of `text`, however long it is.

    Raises:
        UrlError: As `canonical_url`, but for the length.
    """
    if _CANONICAL.fullmatch(text):
        return text
    start, path, query, fragment = _split_url(text)
    return _join_url(start, path, *_drop_tracking(query, fragment))


def _drop_tracking(query: str | None, fragment: str | None) -> tuple[str | None, str | None]:
    """Return a query and a fragment without tracking parameters."""
    if query is not None:
        kept = [
            part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0])
        ]
        query = "&".join(kept) or None
    if fragment is not None and (not fragment or fragment.startswith(":~:")):
        fragment = None
    return query, fragment


def is_canonical(text: object) -> bool:
    """Return whether `text` is a canonical URL; True only if a quick check tells."""
    if type(text) is not str or len(text) > URL_CHARACTERS:
        return False
    return _CANONICAL.fullmatch(text) is not None


def clean_url(text: str, base: str = "") -> str:
    """Return the address of a picture or a file, made absolute and legal, nothing dropped.

    Args:
        text: Relative or absolute.
        base: What a relative one is relative to; none if empty.

    Raises:
        UrlError: As `canonical_url`.
    """
    if len(text) <= URL_CHARACTERS and _CANONICAL.fullmatch(text):
        return text
    text = _CONTROL.sub("", text).strip()
    if base and text:
        try:
            text = urljoin(base, text)
        except ValueError as error:  # "//[x" and the like
            raise UrlError(NO_URL) from error
    return _bound(_join_url(*_split_url(text)))


def _bound(url: str) -> str:
    if len(url) > URL_CHARACTERS:
        raise UrlError(TOO_LONG)
    return url


def article_key(url: str) -> str:
    """Return the text that is equal for all addresses of one article.

    It is the canonical `url` without its scheme, folded as RFC 3986, 6.2.2, says: hex digits of
    escapes in upper case, escaped unreserved characters unescaped, dot segments removed. It is
    compared and never written: some servers answer 404 to the other spelling.
    """
    key = url.partition("://")[2]
    # Most addresses have neither, and are told from each other as they are.
    return _fold(key) if "%" in key or "/." in key else key


def prefix_key(url: str) -> str:
    """Return the beginning of the keys of all addresses that begin with a canonical `url`.

    Its last segment may go on, so that a dot there is none that stands alone.
    """
    key = url.partition("://")[2]
    return _fold(key, is_whole=False) if "%" in key or "/." in key else key


def replace_prefix(url: str, prefix: str, new: str) -> str:
    """Return the canonical URL with `new` in place of a prefix.

    Args:
        url: A canonical URL.
        prefix: Its key begins with this; as `prefix_key` returns it.
        new: What the returned URL begins with.
    """
    key, spelt = article_key(url), url.partition("://")[2]
    plain = spell_canonical(new + key[len(prefix) :])
    if key == spelt:
        return plain
    count = len(re.findall(_CHARACTER, prefix, re.DOTALL))
    # Dot segments of the rest stay too, but for those that lead out of it.
    for text in (spelt, re.sub(_PATH, lambda path: _remove_dots(path[0]), spelt, count=1)):
        moved = spell_canonical(new + "".join(re.findall(_CHARACTER, text, re.DOTALL)[count:]))
        if article_key(moved) == article_key(plain):
            return moved
    return plain


def _fold(key: str, *, is_whole: bool = True) -> str:
    """Return a key in the one spelling in which keys are compared.

    Args:
        key: A canonical URL without its scheme.
        is_whole: Whether a dot segment may stand at its end.
    """
    upper = re.sub(_ESCAPES, lambda escapes: escapes[0].upper(), key)
    plain = re.sub(_UNRESERVED, lambda escape: chr(int(escape[0][1:], 16)), upper)
    match = re.fullmatch(_KEY, plain, re.DOTALL)
    if match is None:  # no URL
        return plain
    host, path, query, fragment = match.groups()
    if "/." in path:
        path = _remove_dots(path, is_whole=is_whole or query is not None or fragment is not None)
    # A name that was escaped may be one that is dropped.
    return _join_url(host, path, *_drop_tracking(query, fragment))


def _remove_dots(path: str, *, is_whole: bool = True) -> str:
    """Return a path without dot segments (RFC 3986, 5.2.4), `%2E` being a dot too."""
    kept: list[str] = []
    *segments, last = path.split("/")[1:]
    for segment in segments:
        name = re.sub(_DOT, ".", segment)
        if name == "..":
            del kept[-1:]
        elif name != ".":
            kept.append(segment)
    if is_whole and (name := re.sub(_DOT, ".", last)) in (".", ".."):
        kept = kept[:-1] if name == ".." else kept
        last = ""
    return "/" + "/".join([*kept, last])


def article_id(url: str) -> str:
    """Return the ``urn:uuid:`` of a canonical `url`, the same for http and https."""
    return uuid_urn(url.replace("http:", "https:", 1) if url.startswith("http:") else url)


def uuid_urn(text: str) -> str:
    """Return the name-based UUID of `text` in the URL namespace (RFC 4122, 4.3) as a URN.

    ``uuid.uuid5`` gives the same and costs six times as much, once for each entry and link.
    """
    digest = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return (
        f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}"
        f"-{variant}{digest[17:20]}-{digest[20:32]}"
    )


def explicit_id(text: str) -> str:
    """Return a record's own id as feeds write it: an IRI as it is, else a UUID."""
    if is_uuid(text):
        return f"urn:uuid:{text.lower()}"
    return text if is_iri(text) else uuid_urn("feedkit:" + text)


def is_uuid(text: str) -> bool:
    """Return whether `text` is a UUID alone."""
    return _UUID.fullmatch(text) is not None


def is_iri(text: str) -> bool:
    """Return whether `text` is an IRI with its scheme, http too (RFC 4287, 4.2.6; RFC 3987)."""
    return _compile_iri().fullmatch(text) is not None and re.search(_NOT_IRI, text) is None


@cache
def _compile_iri() -> re.Pattern[str]:
    """Return the syntax of an IRI, which takes 25 ms to compile and few builds need.

    RFC 3987, 2.2: a scheme, what may be an authority, a path, a query and a fragment. Brackets
    stand around an IP address alone, a percent sign before two digits, private use in queries.
    """
    planes = [f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)]
    ucs = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(planes) + "\U000e1000-\U000efffd"
    private = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
    name = rf"(?:[!$&-.0-9;=A-Z_a-z~{ucs}]|%[0-9A-Fa-f]{{2}})"
    rest = rf"(?:[!$&-;=@A-Z_a-z~{ucs}]|%[0-9A-Fa-f]{{2}})"
    return re.compile(
        r"(?![Hh][Tt][Tt][Pp][Ss]?:(?!//[^/?#:@]))"  # which name a host (RFC 9110, 4.2.1)
        r"[A-Za-z][A-Za-z0-9+.-]*:(?=.)"
        rf"(?://(?:(?:{name}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|{name}*)(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
        rf"{rest}*(?:\?(?:{rest}|[?{private}])*)?(?:#(?:{rest}|\?)*)?"
    )


@lru_cache(maxsize=8192)  # a site's articles have few hosts
def clean_host(host: str) -> str:
    """Return `host` in lower case and as A-labels, without final dots.

    Labels are valid by UTS 46, as browsers check them: non-transitional, symbols allowed.

    Raises:
        UrlError: It is empty, not a host name, or short for an IPv4 address.
    """
    if len(host) > HOST_CHARACTERS:  # before normalisation, which is quadratic
        raise UrlError("host")
    host = host.lower() if host.isascii() else host
    if not host.isascii() or "xn--" in host:
        host = _encode_labels(host)
    host = host.rstrip(".")
    if not host:
        raise UrlError("no host")
    is_name = _is_ipv4(host) if re.fullmatch(_NUMBER, host, re.ASCII) else _HOST.fullmatch(host)
    if not (is_name or _is_ipv6(host)):
        raise UrlError("host")
    return host


def _encode_labels(host: str) -> str:
    """Return a host as A-labels (UTS 46, 4: ToASCII with CheckBidi and CheckJoiners)."""
    from idna import IDNAError, check_bidi, uts46_remap  # 2 ms that most records save

    try:
        labels = uts46_remap(host, std3_rules=False).split(".")
        shown = [_decode_label(label) for label in labels]
        is_bidi = any(bidirectional(char) in ("R", "AL", "AN") for char in "".join(shown))
        for label in shown:
            if not label.isascii():
                _check_label(label)
            if is_bidi and label:
                check_bidi(label, check_ltr=True)
        return ".".join(map(_encode_label, shown))
    except (IDNAError, ValueError) as error:  # of which those of codecs are kinds
        raise UrlError("host") from error


def _decode_label(label: str) -> str:
    """Return a host label in Unicode if it would be encoded the same way again."""
    if not label.startswith("xn--"):
        return label
    shown = label[4:].encode("ascii").decode("punycode") if len(label) < 64 else ""
    if shown.isascii() or _encode_label(shown) != label:
        raise UrlError("host")
    return shown


def _encode_label(label: str) -> str:
    if label.isascii():
        return label
    if len(label) > 59:  # RFC 1035, 2.3.4; each character takes one octet or more
        raise UrlError("host")
    encoded = "xn--" + label.encode("punycode").decode("ascii")
    if len(encoded) > 63:
        raise UrlError("host")
    return encoded


def _check_label(label: str) -> None:
    """Raise if a label that is not ASCII is not valid (UTS 46, 4.1)."""
    from idna import uts46_remap, valid_contextj

    joiners = [place for place, char in enumerate(label) if char in _JOINERS]
    if (
        label.startswith("xn--")
        or "." in label
        or category(label[0]).startswith("M")
        or uts46_remap(label, std3_rules=False) != label
        or not all(valid_contextj(label, place) for place in joiners)
    ):
        raise UrlError("host")


def _is_ipv4(host: str) -> bool:
    try:
        return bool(IPv4Address(host))
    except AddressValueError:
        return False


def _is_ipv6(host: str) -> bool:
    try:
        return bool(_IPV6.fullmatch(host) and IPv6Address(host[1:-1]))
    except ValueError:
        return False


def _split_url(text: str) -> tuple[str, str, str | None, str | None]:
    """Return scheme with authority, path, query and fragment."""
    match = _PARTS.fullmatch(_CONTROL.sub("", text).strip())
    if match is None:
        raise UrlError(NO_URL)
    scheme, authority, path, query, fragment = match.groups()
    scheme = scheme.lower()
    if "@" in authority:
        raise UrlError("user information")
    host, port = _split_port(authority)
    host = clean_host(host)
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    return f"{scheme}://{host}", path or "/", query, fragment


def _split_port(authority: str) -> tuple[str, int | None]:
    end = authority.rfind("]") + 1
    host, _, port = authority[end:].partition(":")
    host = authority[:end] + host
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 9 and int(port) < 65536):
        raise UrlError("port")
    return host, int(port)


def _join_url(start: str, path: str, query: str | None, fragment: str | None) -> str:
    if len(path) + len(query or "") + len(fragment or "") > _HOPELESS:
        raise UrlError(TOO_LONG)
    url = start + _escape("path", path)
    if query:
        url += "?" + _escape("query", query)
    if fragment is not None:
        url += "#" + _escape("fragment", fragment)
    return url


def _escape(part: str, text: str) -> str:
    return _UNSAFE[part].sub(_percent_encode, text)


def _percent_encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))
