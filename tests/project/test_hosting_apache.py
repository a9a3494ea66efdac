"""What docs/hosting says to Apache: it is run with the very file, in front of files and a view."""

import gzip
import http.client
import http.server
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_hosting import TYPES, Answer, Server, wait_for

import feedkit
from feedkit.doctor import DoctorOptions, examine
from paths import ROOT

APACHE = shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MODULES = Path("/usr/lib/apache2/modules")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LOADED = (
    *("mpm_event", "authz_core", "mime", "dir", "alias", "filter", "deflate", "headers"),
    *("proxy", "proxy_http"),
)
#: Runs in the foreground, below a folder of its own.
MAIN = """
ServerRoot {top}
Listen 127.0.0.1:{port}
ServerName 127.0.0.1
PidFile {top}/pid
DefaultRuntimeDir {top}
ErrorLog {top}/error.log
{user}
{modules}
TypesConfig /etc/mime.types
Include /etc/apache2/mods-available/mime.conf
Include /etc/apache2/mods-available/deflate.conf
AddOutputFilterByType DEFLATE application/atom+xml
DocumentRoot {top}/www
<Directory {top}/www>
    AllowOverride FileInfo
    Require all granted
</Directory>
ProxyPass /view/ http://127.0.0.1:{view}/
"""
#: A pair of feeds that are not compressed at all would pass every other test.
COMPRESSED = [name for name in TYPES if name]


class View(http.server.BaseHTTPRequestHandler):
    """Answers with one feed, as a web framework would."""

    document: feedkit.Document

    def do_GET(self) -> None:
        known = self.document.not_modified(self.headers)
        self.send_response_only(304 if known else 200)
        for name, value in self.document.headers.items():
            self.send_header(name, value)
        if not known:
            self.send_header("Content-Length", str(len(self.document.body)))
        self.end_headers()
        if not known:
            self.wfile.write(self.document.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_view() -> Iterator[int]:
    """Serve the view, and give its port."""
    config = feedkit.load_config(ROOT / "examples/feedkit.toml")
    articles = feedkit.read_articles(ROOT / "examples/content", config)
    feed = feedkit.make_feed(articles, config, path="all", now=NOW)
    View.document = feedkit.render(feed, "atom")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), View) as server:
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def run_apache(top: Path, view: int) -> Iterator[int]:
    """Serve what is in `www`, and give the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    modules = "\n".join(f"LoadModule {one}_module {MODULES}/mod_{one}.so" for one in LOADED)
    # It does not run as root.
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    main = MAIN.format(top=top, port=port, view=view, modules=modules, user=user)
    (top / "httpd.conf").write_text(main, "utf-8")
    # It ends though the test were killed.
    command = ["timeout", "120", str(APACHE), "-X", "-d", str(top), "-f", str(top / "httpd.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            wait_for(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def build_site(top: Path) -> Path:
    """Publish the demo, beside others' files."""
    out = top / "www/feeds"
    config = feedkit.load_config(ROOT / "examples/feedkit.toml")
    publish = feedkit.PublishSettings(precompress=True)
    config = feedkit.Config(site=config.site, publish=publish)
    assert feedkit.build(ROOT / "examples/content", out, config, now=NOW).written
    shutil.copy(ROOT / "docs/hosting/apache.htaccess", out / ".htaccess")
    (out / "sitemap.xml").write_text("<urlset/>")
    (out / "all/other.json").write_text("{}")
    (out / ".all.feedkit.new").touch()
    return out


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if APACHE is None or not MODULES.is_dir():
        pytest.skip("Debian's Apache is not installed")
    # Its own user must reach the files: pytest's folders are closed to it.
    with tempfile.TemporaryDirectory() as folder, serve_view() as view:
        top = Path(folder)
        top.chmod(0o755)
        out = build_site(top)
        for path in (top / "www", *(top / "www").rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        with run_apache(top, view) as port:
            yield Server(out, port)


def ask_view(server: Server, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", "/view/all/atom.xml", headers=named)
    answer = connection.getresponse()
    done = Answer(answer.status, answer.headers, answer.read())
    connection.close()
    return done


@pytest.mark.parametrize("path", TYPES)
def test_apache_says_what_each_file_is_and_for_how_long(server: Server, path: str) -> None:
    answer = server.ask(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, TYPES[path])
    assert answer.headers.get_all("Cache-Control") == ["max-age=300, stale-while-revalidate=3600"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = f"{path}index.html" if path.endswith("/") or not path else path
    assert answer.body == (server.out / name).read_bytes()


@pytest.mark.parametrize("path", ["sitemap.xml", "all/other.json"])
def test_apache_calls_no_file_of_others_a_feed(server: Server, path: str) -> None:
    kind = server.ask(path).headers["Content-Type"]
    assert kind.partition(";")[0] in {"application/xml", "text/xml", "application/json"}


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", TYPES)
def test_apache_answers_304_to_who_has_the_file(server: Server, path: str, coding: str) -> None:
    first = server.ask(path, Accept_Encoding=coding)
    tag = first.headers["ETag"]
    assert tag.endswith('-gzip"') == (coding == "gzip")
    for name, value in (
        ("If_None_Match", tag),
        ("If_None_Match", f'"other-gzip", {tag}'),
        ("If_Modified_Since", first.headers["Last-Modified"]),
    ):
        again = server.ask(path, Accept_Encoding=coding, **{name: value})
        assert (again.status, again.body) == (304, b"")
    for other in ('"other"', '"other-gzip"', '"-gzip"'):
        assert server.ask(path, Accept_Encoding=coding, If_None_Match=other).status == 200


@pytest.mark.parametrize("path", COMPRESSED)
def test_apache_compresses_for_who_takes_gzip(server: Server, path: str) -> None:
    plain, packed = server.ask(path), server.ask(path, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_apache_lets_other_sites_read_json_feed_alone(server: Server) -> None:
    name = "Access-Control-Allow-Origin"
    assert server.ask("all/feed.json").headers[name] == "*"
    assert server.ask("all/atom.xml").headers[name] is None


@pytest.mark.parametrize(
    "path", [".htaccess", ".all.feedkit.new", "all/atom.xml.gz", "all/none.xml"]
)
def test_apache_shows_nothing_that_is_no_file_of_a_feed(server: Server, path: str) -> None:
    assert server.ask(path).status == 404


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_view_behind_apache_knows_its_tag_again(server: Server, coding: str) -> None:
    first = ask_view(server, Accept_Encoding=coding)
    assert first.status == 200
    assert (first.headers["Content-Encoding"] == "gzip") == (coding == "gzip")
    again = ask_view(server, Accept_Encoding=coding, If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_the_doctor_names_apache_where_the_line_is_missing_and_nothing_where_it_is(
    server: Server,
) -> None:
    path = server.out / ".htaccess"
    shipped = path.read_text("utf-8")
    url = f"http://127.0.0.1:{server.port}/feeds/all/atom.xml"
    try:
        path.write_text(re.sub(".*RequestHeader.*\n", "", shipped), "utf-8")
        kinds = {one.kind for one in examine(DoctorOptions(url), now=NOW).findings}
    finally:
        path.write_text(shipped, "utf-8")
    assert kinds - {"self"} == {"etag-gzip"}
    assert {one.kind for one in examine(DoctorOptions(url), now=NOW).findings} - {"self"} == set()


def test_the_page_and_the_doctor_name_the_line_of_the_file() -> None:
    from feedkit.doctor.judging import FINDINGS

    (line,) = re.findall(
        "RequestHeader .*", (ROOT / "docs/hosting/apache.htaccess").read_text("utf-8")
    )
    assert line in (ROOT / "docs/hosting/apache.md").read_text("utf-8")
    assert line.replace("(gzip|br)", "gzip") in FINDINGS["etag-gzip"].do
