"""Bodies: what readers show is kept, all else is gone, and nothing in it can hurt."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedkit.bodies import clean_html, render_body
from feedkit.models import Html, Markdown

BASE = "https://news.example.org/2024/storm/"

HTML = {
    "text stays as it is": ("A &lt; B &amp; C", "A &lt; B &amp; C"),
    "nothing": ("", ""),
    "white space": (" \n\t ", ""),
    "paragraphs without text": ("<p> </p>\n<p>&nbsp;</p><p><br></p><p><b></b></p>", ""),
    "a rule alone": ("<hr>", ""),
    "an iframe": ('<iframe src="https://video.example.org/embed/1">Watch</iframe>', ""),
    "white space between blocks": ("<p>a</p>\n\n <p> b </p>\n", "<p>a</p><p>b</p>"),
    "white space in text": ("<p>a\n   b\t<b>c </b> d</p>", "<p>a b <b>c </b> d</p>"),
    "white space in pre": (
        "<pre>\n\n  a\n\n    b\n</pre>\n<p>c",
        "<pre>\n\n  a\n\n    b\n</pre><p>c</p>",
    ),
    "a space in an empty element": ("<p>a<b> </b>c</p>", "<p>a c</p>"),
    "a line break in an empty element": ("a<b><br></b>c", "a<br>c"),
    "spaces of other scripts": ("<p>\u3000\u3000a\u3000b", "<p>\u3000\u3000a\u3000b</p>"),
    "void elements": ("<p>a<br/>b</p><hr/>", "<p>a<br>b</p><hr>"),
    "every element that stays": (
        "<h2>h</h2><blockquote><p>q</p></blockquote><ul><li>u</li></ul><p><strong>a</strong>"
        "<em>b</em><b>c</b><i>d</i><code>e</code><del>f</del><s>g</s><sub>h</sub><sup>i</sup>"
        "<kbd>j</kbd><ruby>k<rp>(</rp><rt>l</rt><rp>)</rp></ruby></p><dl><dt>m</dt><dd>n</dd></dl>"
        "<figure><figcaption>o</figcaption></figure><details><summary>p</summary>q</details>",
        None,
    ),
    "a table": (
        "<table><caption>c</caption><thead><tr><th colspan=2 class=x>h</thead>"
        "<tr><td rowspan='2' width=9>a<td>b</table>",
        '<table><caption>c</caption><thead><tr><th colspan="2">h</th></tr></thead>'
        '<tbody><tr><td rowspan="2">a</td><td>b</td></tr></tbody></table>',
    ),
    "rows and tables without text": (
        "<table><tr><td>&nbsp;</td></tr><tr><td></td><td>b</td></tr></table>"
        "<table><tr><td></td></tr></table>",
        "<table><tbody><tr><td></td><td>b</td></tr></tbody></table>",
    ),
    "rows below a cell that spans them": (
        '<table><tbody><tr><td rowspan="2">a</td><td>b</td></tr><tr><td></td></tr></tbody></table>',
        None,
    ),
    "a numbered list": (
        "<ol start=3 type=a><li>a<li><li>c</ol>",
        '<ol start="3"><li>a</li><li></li><li>c</li></ol>',
    ),
    "elements that readers do not know": (
        "<p><font color=red><span style='x'>a</span></font> <u>b</u></p><my-card>c</my-card>",
        "<p>a b</p>c",
    ),
    "boxes are lines": (
        "<div>One.</div><div><div>Two.</div></div> <section>Three.<p>Four.</p></section>Five.",
        "One.<br>Two.<br>Three.<p>Four.</p>Five.",
    ),
    "a box between blocks leaves nothing": ("<div><p>a</p></div><div><p>b</p></div>",
                                            "<p>a</p><p>b</p>"),
    "a whole document": (
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>T</title><style>p{}</style></head>"
        "<body class=x><!-- c --><p>a</p><script>b()</script></body></html>",
        "<p>a</p>",
    ),
    "forms": ("<form>a<select><option>b</select><textarea>c</textarea><button>d</button></form>",
              "a"),
    "relative addresses": (
        '<a href="../x?a=1&amp;b=2#c">a</a> <a href="//cdn.example.org/y">b</a> <a href="#n">c</a>'
        "<img src=z.png>",
        '<a href="https://news.example.org/2024/x?a=1&amp;b=2#c">a</a> '
        '<a href="https://cdn.example.org/y">b</a> '
        '<a href="https://news.example.org/2024/storm/#n">c</a>'
        '<img src="https://news.example.org/2024/storm/z.png">',
    ),
    "addresses that cannot be made whole": (
        '<a href="ftp://x.example.org/">a</a><a href="https://u:p@x.example.org/">b</a>'
        '<a href="tel:1">c</a><a href="">d</a><a href="http://[x">e</a>',
        "<a>a</a><a>b</a><a>c</a><a>d</a><a>e</a>",
    ),
    "mail": (
        "<a href=\"MAILTO:desk@example.org?subject=&quot;a b'\">a</a><a href='mailto:'>b</a>",
        '<a href="mailto:desk@example.org?subject=%22a%20b%27">a</a><a>b</a>',
    ),
    "an address out of order": (
        '<a title="t" href=" HTTPS://X.example.org/a b&quot;&lt;é ">a</a>',
        '<a href="https://x.example.org/a%20b%22%3C%C3%A9" title="t">a</a>',
    ),
    "a picture": (
        '<img class=x height="20" onload="x()" alt="a\n &quot;b&quot; &lt;c&gt;" srcset="y 2x" '
        'width=10 loading=lazy src="https://i.example.org/a.jpg">',
        '<img src="https://i.example.org/a.jpg" alt="a &quot;b&quot; &lt;c&gt;" '
        'width="10" height="20">',
    ),
    "sizes that are no numbers": (
        '<img src="https://i.example.org/a.jpg" alt="" width="50%" height="1px">',
        '<img src="https://i.example.org/a.jpg" alt="">',
    ),
    "pictures that cannot be fetched": (
        "<p><img src='data:image/png;base64,AA'></p><img><img src=''><img data-src=a.png>", ""
    ),
    "a picture with sources": (
        "<picture><source srcset=a.webp><img src=a.png></picture>",
        '<img src="https://news.example.org/2024/storm/a.png">',
    ),
    "media": (
        "<video src=a.mp4 autoplay poster=x></video>"
        "<audio><source src='b.mp3' type='audio/mpeg'><source src='blob:x'></audio>",
        '<video src="https://news.example.org/2024/storm/a.mp4" controls=""></video>'
        '<audio controls=""><source src="https://news.example.org/2024/storm/b.mp3" '
        'type="audio/mpeg"></audio>',
    ),
    "media that cannot be fetched": (
        "<video controls>See <a href=a.mp4>it</a></video><audio src=data:,x></audio>",
        'See <a href="https://news.example.org/2024/storm/a.mp4">it</a>',
    ),
    "a source outside media": ("a<source src=a.mp4>", "a"),
    "characters that XML forbids": (
        "a&#0;b&#xFFFE;c&#x1b;d&#xD800;e\x0bf\ud800g\uffffh<a href='x&#1;y'>i</a>",
        "a\ufffdbcd\ufffdefgh<a href=\"https://news.example.org/2024/storm/xy\">i</a>",
    ),
    "carriage returns": ("<pre>a&#13;b</pre>c&#13;d", "<pre>a\nb</pre>c d"),
}  # fmt: skip

MARKDOWN = {
    "CommonMark": (
        "# *a*\n\nb  \nc\n\n1. d\n2. e\n\n> f\n\n```py\nx = 1\n\ny = 2\n```\n",
        "<h1><em>a</em></h1><p>b<br>c</p><ol><li>d</li><li>e</li></ol>"
        "<blockquote><p>f</p></blockquote><pre><code>x = 1\n\ny = 2\n</code></pre>",
    ),
    "a table": (
        "| a | b |\n|---|--:|\n| 1 | 2 |",
        "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
    ),
    "strikethrough": ("~~a~~", "<p><s>a</s></p>"),
    "bare links": (
        "See https://example.org/a_b, [not](https://example.org/c).",
        '<p>See <a href="https://example.org/a_b">https://example.org/a_b</a>, '
        '<a href="https://example.org/c">not</a>.</p>',
    ),
    "file names are no links": ("README.md", "<p>README.md</p>"),
    "relative addresses": (
        '![p](a.png "t") [b](/c)',
        '<p><img src="https://news.example.org/2024/storm/a.png" alt="p"> '
        '<a href="https://news.example.org/c">b</a></p>',
    ),
    "HTML in it": ("a <kbd onclick=x>b</kbd>\n\n<div>\n\nc\n\n</div>",
                   "<p>a <kbd>b</kbd></p><p>c</p>"),
    "HTML that is not closed": ("<div><b>a\n\nb", "<b>a<p>b</p></b>"),
    "a whole document": ("<!doctype html>\n<body>\n<p>a</p>\n\n    <p>b</p>", "<p>a</p><p>b</p>"),
    "nothing": ("\n\n***\n\n<!-- a -->\n\n[a]: /b\n", ""),
    "a surrogate": ("[a](\ud800)", "<p><a>a</a></p>"),
}  # fmt: skip

# What reaches through naive filters: split schemes, parsers that disagree, foreign elements.
VECTORS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
    "<script/x>alert(1)</script\n>",
    "<img src=x onerror=alert(1)>",
    "<img src=https://x.example/a.png onerror='alert(1)'>",
    "<img/src=https://x.example/a.png/onerror=alert(1)>",
    '<img src="https://x.example/&quot; onerror=&quot;alert(1)">',
    "<img src=https://x.example/a.png alt='\"><script>alert(1)</script>'>",
    "<img src=https://x.example/a.png alt='` onerror=alert(1) `'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
    'onerror=alert(1)&gt;">',
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><img src=x onerror=alert(1)></template>",
    "<textarea></textarea><img src=x onerror=alert(1)></textarea>",
    '<title><img title="</title><img src onerror=alert(1)>"></title>',
    '<xmp><img title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<iframe><img title="</iframe><img src onerror=alert(1)>"></iframe>',
    "<a href=javascript:alert(1)>a</a>",
    "<a href='JaVaScRiPt:alert(1)'>a</a>",
    "<a href='java\nscript:alert(1)'>a</a>",
    "<a href='java&#9;script:alert(1)'>a</a>",
    "<a href='&#1;javascript:alert(1)'>a</a>",
    "<a href='java&#1;script:alert(1)'>a</a>",
    "<a href='&#xFEFF;javascript:alert(1)'>a</a>",
    "<a href='javascript&colon;alert(1)'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<a href='https://x.example/\"onmouseover=alert(1) '>a</a>",
    "<a href='mailto:a\"onmouseover=alert(1)//'>a</a>",
    "<video src='javascript:alert(1)'><source src='javascript:alert(1)' onerror=alert(1)></video>",
    "<audio src=https://x.example/a.mp3 onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<base href='javascript:/'><a href='alert(1)'>a</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<p style='background:url(javascript:alert(1))'>a</p>",
    "<details open ontoggle=alert(1)>a</details>",
    "<td colspan='1\" onclick=\"alert(1)'>a</td>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml <img src=x onerror=alert(1)>?>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<p id=x class=y title=z lang=e>a</p>",
    "[a](javascript:alert(1)) ![b](javascript:alert(1)) <javascript:alert(1)>",
    '[a](https://x.example/ "\\" onclick=alert(1) \\"")',
    "`<script>alert(1)</script>`",
]

#: Parts of HTML that a parser moves, closes or opens again.
PIECES = [
    "<b>", "</b>", "<i>", "<a href='x'>", "<a href=javascript:x>", "</a>", "<p>", "</p>", "<div>",
    "</div>", "<table>", "<tr>", "<td>", "<td rowspan=2>", "</td>", "</tr>", "</table>", "<tfoot>",
    "<caption>", "<ul>", "<li>", "</li>", "</ul>", "<dd>", "<dl>", "<pre>", "</pre>", "<h1>",
    "</h1>", "<h2>", "<img src=a>", "<img>", "<br>", "<hr>", "<video>", "<video src=x>",
    "<source src=y>",
    "</video>", "<button>", "<object>", "</object>", "<marquee>", "<svg>", "<desc>", "<math>",
    "<mi>", "</svg>", "<ruby>", "<rt>", "<rp>", "</ruby>", "<select>", "<option>", "<template>",
    "<script>", "</script>", "<style>", "</style>", "<title>", "</title>", "<!--", "-->", "<nobr>",
    "<form>", "</form>", "<details>", "<summary>", "<font size=1>", "<font size=2>", "</font>",
    "<blockquote>", "</blockquote>", "<code>", "</code>", " ", "\n", "\n\n", "a", "b ", "&nbsp;",
    "&lt;script>", "&#13;", "&#1;", "\"", "'", "<", ">", "=", "&", "<p title=\"", "\ud800",
    "\u200b",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=40)


class Seen(HTMLParser):
    """Tags and attributes as another parser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


ALLOWED = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
PLAIN = {
    "p", "br", "ul", "li", "strong", "em", "b", "i", "blockquote", "code", "pre", "h1", "h2", "h3",
    "h4", "h5", "h6", "table", "thead", "tbody", "tr", "caption", "figure", "figcaption", "del",
    "s", "sub", "sup", "kbd", "dl", "dt", "dd", "hr", "ruby", "rt", "rp", "details", "summary",
}  # fmt: skip


def assert_safe(html: str) -> None:
    assert "<script" not in html.lower()
    for tag, attributes in Seen(html).tags:
        assert tag in PLAIN or tag in ALLOWED
        for name, value in attributes:
            assert name in ALLOWED.get(tag, set())
            if name in {"href", "src"}:
                assert value is not None
                assert re.match(r"https?://[^\s\"'<>]+$|mailto:[^\s\"'<>]+$", value)
    assert not [c for c in html if c < " " and c not in "\t\n"]
    assert not [c for c in html if unicodedata.category(c) == "Cs" or c in "\ufffe\uffff"]


def run_python(code: str, seed: str = "0") -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize("name", HTML)
def test_html_comes_out_as_readers_show_it(name: str) -> None:
    html, wanted = HTML[name]
    assert clean_html(html, BASE) == (html if wanted is None else wanted)


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown_comes_out_as_readers_show_it(name: str) -> None:
    text, wanted = MARKDOWN[name]
    assert render_body(Markdown(text), BASE) == wanted


def test_an_html_body_is_cleaned_like_html_of_any_other_place() -> None:
    text = "<div>*a*</div>\n\n    <p>b</p>"
    assert render_body(Html(text), BASE) == clean_html(text, BASE) == "*a*<p>b</p>"


@pytest.mark.parametrize("html", VECTORS)
def test_no_attack_comes_through(html: str) -> None:
    assert_safe(clean_html(html, BASE))
    assert_safe(render_body(Markdown(html), BASE))


@given(soup)
def test_what_is_clean_stays_as_it_is(html: str) -> None:
    once = clean_html(html, BASE)
    assert_safe(once)
    assert clean_html(once, BASE) == once


@given(soup)
def test_markdown_of_any_shape_comes_out_safe(text: str) -> None:
    assert_safe(render_body(Markdown(text), BASE))


NEWSLETTER = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "x">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
  <title>Harbour weekly</title>
  <!--[if mso]><style>* { font-family: sans-serif !important; }</style><![endif]-->
  <style>td > p { margin: 0 }</style>
</head>
<body bgcolor="#fff" style="margin:0">
  <div style="display:none">&zwnj;&nbsp;&zwnj;&nbsp;</div>
  <center>
    <!--[if (gte mso 9)|(IE)]><table width="600"><tr><td><![endif]-->
    <table role="presentation" width="100%" cellspacing="0"><tbody>
      <tr><td height="20" style="font-size:0">&nbsp;</td></tr>
      <tr>
        <td align="center"><h1 style="color:#333"><o:p></o:p>Harbour weekly</h1></td>
      </tr>
      <tr><td>
        <table><tr>
          <td><a href="/ferry?utm_source=mail"><img src="/i/ferry.jpg" width="280"></a></td>
          <td><p class="lead"><a href="/ferry"><font face="Arial">New ferry</font></a></p><p></p>
              <span>It sails<br />daily.</span></td>
        </tr></table>
      </td></tr>
    </tbody></table>
    <!--[if (gte mso 9)|(IE)]></td></tr></table><![endif]-->
    <div><a href="https://mail.example.org/leave"><span>Unsubscribe</span></a></div>
  </center>
</body>
</html>
"""


@pytest.mark.parametrize("kind", [Html, Markdown])
def test_a_newsletter_becomes_a_fragment_without_its_layout(kind: type[Html | Markdown]) -> None:
    assert render_body(kind(NEWSLETTER), BASE) == (
        "<table><tbody><tr><td><h1>Harbour weekly</h1></td></tr><tr><td>"
        "<table><tbody><tr><td>"
        '<a href="https://news.example.org/ferry?utm_source=mail">'
        '<img src="https://news.example.org/i/ferry.jpg" width="280"></a></td><td>'
        '<p><a href="https://news.example.org/ferry">New ferry</a></p>It sails<br>daily.'
        "</td></tr></tbody></table></td></tr></tbody></table>"
        '<a href="https://mail.example.org/leave">Unsubscribe</a>'
    )


# Each would crash or take minutes: too deep, or slow by the square of its length.
TRAPS = {
    "html": [
        "'<div>' * 100_000",
        "'<blockquote>' * 100_000 + 'x'",
        "'<b>' * 100_000 + 'x'",
        "'<table><tr><td>' * 5_000 + 'x'",
        "'<ul><li>' * 7_000 + 'x'",
        "'<svg>' * 100_000",
        "''.join(f'<i a={n}><p>' for n in range(5_000)) + '</i>' * 5_000",
        "''.join(f'<font size={n}>' for n in range(7_000)) + '<p>x' * 7_000",
        "''.join(f'<a href={n}><div>' for n in range(7_000))",
        "'<p ' + ' '.join(f'a{n}' for n in range(60_000)) + '>x'",
        "'<' * 500_000",
        "'<!--' * 100_000",
        "'&' * 100_000",
        "'<p>x</p>' * 100_000",
        "'<b> </b>' * 7_000",
        "'<img src=' + chr(34) + 'data:' * 200_000",
    ],
    "markdown": [
        "'>' * 100_000",
        "'> ' * 100_000",
        "'[' * 100_000",
        "'![' * 16_000",
        "'![' * 60_000",
        "('https://' + 'a' * 300) * 399",
        "'[a](' * 50_000",
        "'- ' * 100_000",
        "'*a ' * 60_000",
        "'**a_' * 60_000",
        "'`' * 100_000",
        "'<' * 100_000",
        "'https://' * 30_000",
        "'https://a ' * 20_000",
        "'|a' * 100_000 + chr(10) + '|-' * 100_000",
        "'a' * 1_000_000",
    ],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TRAPS.items() for text in texts]
)
def test_no_trap_hangs_or_ends_the_process(kind: str, text: str) -> None:
    call = f"render_body(Markdown({text}), b)" if kind == "markdown" else f"clean_html({text}, b)"
    code = f"""
from feedkit.bodies import clean_html, render_body
from feedkit.models import Markdown
b = {BASE!r}
out = {call}
assert clean_html(out, b) == out
print(len(out))
"""
    assert run_python(code)


def test_what_is_nested_too_deep_keeps_its_text() -> None:
    html = clean_html("<blockquote>" * 300 + "deep" + "</blockquote>" * 300 + "<p>after", BASE)
    assert html == "<blockquote>" * 100 + "deep" + "</blockquote>" * 100 + "<p>after</p>"


def test_a_long_body_with_embedded_pictures_keeps_its_text() -> None:
    embedded = f'<p>a</p><img src="data:image/png;base64,{"A" * 600_000}"><p>b</p>'
    assert clean_html(embedded, BASE) == "<p>a</p><p>b</p>"


def test_a_long_markdown_body_with_embedded_pictures_keeps_its_text() -> None:
    embedded = f"a ![](data:image/png;base64,{'A' * 600_000}) b"
    assert render_body(Markdown(embedded), BASE) == "<p>a b</p>"


def test_many_tags_that_are_gone_do_not_cost_the_text() -> None:
    code = "<span class='k'>x</span>" * 3_000
    assert clean_html(f"<pre>{code}</pre>", BASE) == f"<pre>{'x' * 3_000}</pre>"


def test_a_hash_seed_changes_no_byte() -> None:
    bodies = [html for html, _ in HTML.values()]
    code = f"""
import json
from feedkit.bodies import clean_html
print([clean_html(html, {BASE!r}) for html in json.loads({json.dumps(bodies)!r})])
"""
    assert len({run_python(code, seed) for seed in ("0", "1", "2", "3")}) == 1


def test_importing_the_room_imports_neither_library() -> None:
    code = "import sys, feedkit.bodies; print({'nh3', 'markdown_it'} & set(sys.modules))"
    assert run_python(code) == "set()\n"


def test_an_html_body_does_not_import_the_markdown_parser() -> None:
    code = "import sys; from feedkit.bodies import clean_html as c; c('a', ''); "
    assert run_python(code + "print('markdown_it' in sys.modules)") == "False\n"


def test_what_parsers_move_about_keeps_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    # No input is known that needs more than four rounds.
    monkeypatch.setattr("feedkit.bodies._MAX_ROUNDS", 1)
    html = "<a href=x><h1><object>a &lt;" * 3
    assert clean_html(html, BASE) == "a &lt; a &lt; a &lt;"
