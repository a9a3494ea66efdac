"""A browser that shows a folder of pages, and reaches nothing else.

``browsing.py FOLDER PICTURES`` takes pictures of its index and some of its pages.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
#: Of a phone, and of a desk.
WIDTHS = (390, 1280)
NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
)
#: Stands for every picture of a record.
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180" width="320" height="180">'
    '<rect width="320" height="180" fill="hsl({hue} 45% 55%)"/>'
    '<circle cx="230" cy="70" r="40" fill="hsl({hue} 60% 75%)"/></svg>'
)


def find_browser() -> str | None:
    """Return where a Chromium is, None where there is none or nothing to lead it by."""
    try:
        import playwright  # noqa: F401
    except ImportError:
        return None
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Give a browser of its own, closed at the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as made:
        browser = made.chromium.launch(executable_path=find_browser(), args=[*_FLAGS])
        try:
            yield browser
        finally:
            browser.close()


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """Give the address under which a folder is served on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


class Seen:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self._base = page, base
        #: What the console said, dialogs, and requests for anything but files and pictures.
        self.faults: list[str] = []
        page.set_default_timeout(5000)
        page.on("console", lambda message: self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        page.route(lambda url: not url.startswith(base), self._answer)

    def open(self, name: str) -> Page:
        """Return the page with one of the folder's files on it."""
        self.page.goto(self._base + name)
        return self.page

    def _answer(self, route: Route) -> None:
        if route.request.resource_type != "image":
            self.faults.append(route.request.url)
            route.abort()
            return
        body = _PICTURE.format(hue=sum(route.request.url.encode()) * 37 % 360)
        route.fulfill(content_type="image/svg+xml", body=body)


@contextmanager
def see(browser: Browser, base: str, **more: Any) -> Iterator[Seen]:
    """Give a page of a fresh profile, with Playwright's options of a context."""
    context = browser.new_context(**more)
    try:
        yield Seen(context.new_page(), base)
    finally:
        context.close()


def take_pictures(folder: Path, pictures: Path) -> None:
    """Take pictures of the index, and of the first pages of topics and providers."""
    kinds = [sorted(folder.glob(f"{kind}/*/index.html"))[:3] for kind in ("topics", "providers")]
    pages = [folder / "index.html", *(page for pages in kinds for page in pages)]
    with open_browser() as browser, serve_folder(folder) as base:
        for scheme in SCHEMES:
            for width in WIDTHS:
                size = {"width": width, "height": 900}
                with see(browser, base, viewport=size, color_scheme=scheme) as seen:
                    for page in pages:
                        name = page.relative_to(folder).as_posix()
                        shown = name.removesuffix("/index.html").replace("/", "-")
                        target = pictures / f"{shown}-{width}-{scheme}.png"
                        seen.open(name).screenshot(path=target, full_page=True)


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]), Path(sys.argv[2]))
