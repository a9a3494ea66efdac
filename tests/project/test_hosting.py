"""What docs/hosting says to servers: nginx is run with the very file, examples are read."""

import gzip
import http.client
import os
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

import feedkit
from commands import COMMAND, SMALL, record, write_files
from feedkit.config.settings import FILE_NAMES
from paths import ROOT

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
#: Runs in the foreground, and as whoever starts it, below a folder of its own.
MAIN = """
daemon off; master_process off; pid nginx.pid; error_log stderr warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{ listen 127.0.0.1:{port}; include feedkit.conf; }}
}}
"""
TYPES = {
    "": "text/html; charset=utf-8",
    "index.html": "text/html; charset=utf-8",
    "all/": "text/html; charset=utf-8",
    "all/atom.xml": "application/atom+xml; charset=utf-8",
    "all/rss.xml": "application/rss+xml; charset=utf-8",
    "all/feed.json": "application/feed+json; charset=utf-8",
    "feeds.json": "application/json; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
    "feedkit.css": "text/css; charset=utf-8",
    "feedkit.js": "text/javascript; charset=utf-8",
}


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Server(NamedTuple):
    """Feeds, and nginx that serves them."""

    out: Path
    port: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"/feeds/{path}", headers=named)
        answer = connection.getresponse()
        done = Answer(answer.status, answer.headers, answer.read())
        connection.close()
        return done


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    top = tmp_path_factory.mktemp("nginx")
    out = top / "www/feeds"
    config = feedkit.load_config(ROOT / "examples/feedkit.toml")
    publish = feedkit.PublishSettings(precompress=True)
    config = feedkit.Config(site=config.site, publish=publish)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert feedkit.build(ROOT / "examples/content", out, config, now=now).written
    shipped = (ROOT / "docs/hosting/nginx.conf").read_text("utf-8")
    (top / "feedkit.conf").write_text(shipped.replace("/srv/www", str(top / "www")), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (top / "nginx.conf").write_text(MAIN.format(port=port), "utf-8")
    # It ends though the test were killed.
    command = ["timeout", "120", NGINX, "-p", f"{top}/", "-c", "nginx.conf", "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            wait_for(port, process)
            yield Server(out, port)
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            assert process.stderr
            pytest.fail(process.stderr.read().decode())
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not answer")


@pytest.mark.parametrize("path", TYPES)
def test_nginx_says_what_each_file_is_and_for_how_long(server: Server, path: str) -> None:
    answer = server.ask(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, TYPES[path])
    assert answer.headers.get_all("Cache-Control") == ["max-age=300, stale-while-revalidate=3600"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    name = f"{path}index.html" if path.endswith("/") or not path else path
    assert answer.body == (server.out / name).read_bytes()


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("path", TYPES)
def test_nginx_answers_304_to_who_has_the_file(server: Server, path: str, coding: str) -> None:
    first = server.ask(path, Accept_Encoding=coding)
    for name, value in (
        ("If_None_Match", first.headers["ETag"]),
        ("If_Modified_Since", first.headers["Last-Modified"]),
    ):
        again = server.ask(path, Accept_Encoding=coding, **{name: value})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    assert server.ask(path, Accept_Encoding=coding, If_None_Match='"other"').status == 200


@pytest.mark.parametrize("path", TYPES)
def test_nginx_sends_the_copy_to_who_takes_gzip_and_the_file_to_others(
    server: Server, path: str
) -> None:
    plain, packed = server.ask(path), server.ask(path, Accept_Encoding="gzip")
    name = f"{path}index.html" if path.endswith("/") or not path else path
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == (server.out / f"{name}.gz").read_bytes()
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    # Two representations, two strong validators (RFC 9110, 8.8.3.3).
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert [answer.headers["Vary"] for answer in (plain, packed)] == ["Accept-Encoding"] * 2


def test_nginx_says_no_charset_of_what_is_no_text(server: Server) -> None:
    (server.out / "all/logo.png").write_bytes(b"no picture" * 200)
    answer = server.ask("all/logo.png", Accept_Encoding="gzip")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Encoding"] is None


def test_nginx_packs_what_has_no_copy(server: Server) -> None:
    path = server.out / "all/large.css"
    path.write_text("p { color: black }\n" * 200)
    answer = server.ask("all/large.css", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == path.read_bytes()
    # Weak, since the bytes are not the file's; it is compared weakly (RFC 9110, 13.1.2).
    etag = answer.headers["ETag"]
    assert etag.startswith("W/")
    again = server.ask("all/large.css", Accept_Encoding="gzip", If_None_Match=etag)
    assert again.status == 304


def test_nginx_answers_head_as_get_without_a_body(server: Server) -> None:
    head, got = server.ask("all/atom.xml", "HEAD"), server.ask("all/atom.xml")
    assert (head.status, head.body) == (200, b"")
    same = ("Content-Type", "Content-Length", "ETag", "Last-Modified", "Cache-Control")
    assert [head.headers[name] for name in same] == [got.headers[name] for name in same]


def test_nginx_lets_other_sites_read_json_feed_alone(server: Server) -> None:
    name = "Access-Control-Allow-Origin"
    assert server.ask("all/feed.json").headers[name] == "*"
    assert server.ask("all/atom.xml").headers[name] is None


@pytest.mark.parametrize(
    "path", [".feedkit.new", "all/.atom.xml.feedkit.new", "all/atom.xml.gz", "all/none.xml"]
)
def test_nginx_shows_nothing_that_is_no_file_of_a_feed(server: Server, path: str) -> None:
    if not path.endswith("none.xml"):
        (server.out / path).touch()
    assert server.ask(path).status == 404


def test_nginx_leads_from_a_folder_to_its_page(server: Server) -> None:
    answer = server.ask("all")
    assert answer.status == 301
    assert answer.headers["Location"].endswith("/feeds/all/")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/feeds")
    top = connection.getresponse()
    assert (top.status, top.headers["Location"].endswith("/feeds/")) == (301, True)
    connection.close()


def read_scripts() -> dict[str, str]:
    workflow = yaml.safe_load((ROOT / "examples/github-pages.yml").read_text("utf-8"))
    steps = workflow["jobs"]["publish"]["steps"]
    (pages,) = (step["run"] for step in steps if step.get("id") == "build")
    netlify = tomllib.loads((ROOT / "examples/netlify.toml").read_text("utf-8"))
    return {"github-pages": pages, "netlify": netlify["build"]["command"]}


@pytest.mark.parametrize(("records", "status"), [("good", 0), ("bad", 0), ("none", 2)])
@pytest.mark.parametrize("name", ["github-pages", "netlify"])
def test_an_example_publishes_what_can_be_and_fails_where_nothing_is(
    name: str, records: str, status: int, tmp_path: Path
) -> None:
    write_files(tmp_path, {**SMALL, "content/a.md": record("A"), "pip": "#!/bin/sh\n"})
    (tmp_path / "pip").chmod(0o755)
    if records == "bad":
        write_files(tmp_path, {"content/b.md": record("B", date="soon")})
    elif records == "none":
        (tmp_path / "content/a.md").unlink()
    script, count = re.subn(r"--previous https://example\.\S+/feeds/", "", read_scripts()[name])
    assert count == 1
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        cwd=tmp_path, capture_output=True, check=False,
        env={
            "PATH": f"{tmp_path}:{COMMAND.parent}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT / "src"),
            "GITHUB_OUTPUT": str(tmp_path / "said"),
        },
    )  # fmt: skip
    assert done.returncode == status
    assert (tmp_path / "public/feeds/all/atom.xml").exists() == (status == 0)
    assert [path.name for path in tmp_path.glob("public/.*")] == []
    if name == "github-pages":
        said = {"good": "status=0\n", "bad": "status=1\n", "none": "status=2\n"}
        assert (tmp_path / "said").read_text() == said[records]


def test_the_netlify_example_says_what_each_feed_is() -> None:
    netlify = tomllib.loads((ROOT / "examples/netlify.toml").read_text("utf-8"))
    types = {one["for"]: one["values"].get("Content-Type") for one in netlify["headers"]}
    assert types == {
        "/feeds/*": None,
        **{f"/feeds/*/{name}": TYPES[f"all/{name}"] for name in FILE_NAMES.values()},
    }


@pytest.mark.parametrize("page", sorted((ROOT / "docs/hosting").glob("*.md")), ids=str)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text("utf-8"))
    assert [one for one in links if "://" not in one and not (page.parent / one).exists()] == []
