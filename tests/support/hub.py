"""A WebSub hub, a subscriber and a web server, on the loopback address, as W3C WebSub has them."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen


class Delivery(NamedTuple):
    """What a subscriber is sent."""

    body: bytes
    link: str
    signature: str


class Hub(ThreadingHTTPServer):
    """Tells subscribers what it finds where it is told to look."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _HubHandler)
        #: The addresses that it was told of, in order, whatever it answered.
        self.told: list[str] = []
        #: What it answers a publisher by address; otherwise 204, and subscribers are told.
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        #: What it answers to whatever is not among those; None: nothing, until `ends` is set.
        self.status: int | None = 204
        self.ends = Event()
        #: By topic: callback and secret.
        self.subscribers: dict[str, tuple[str, str]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hub"

    def distribute(self, topic: str) -> None:
        """Fetch a topic and hand it to its subscriber (WebSub 1.0, 7)."""
        callback, secret = self.subscribers[topic]
        with urlopen(topic) as answer:
            body = answer.read()
            kind = answer.headers["Content-Type"]
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": kind,
            "Link": f'<{self.url}>; rel="hub", <{topic}>; rel="self"',
            "X-Hub-Signature": f"sha256={signature}",
        }
        urlopen(Request(callback, body, headers)).close()


class _HubHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        said = {name: value for name, (value,) in form.items()}
        if said["hub.mode"] == "subscribe":
            self._answer(202 if self._verify(said) else 404)
            return
        assert said.keys() == {"hub.mode", "hub.url"}
        assert said["hub.mode"] == "publish"
        topic = said["hub.url"]
        self.server.told.append(topic)
        status, headers = self.server.answers.get(topic, (self.server.status, {}))
        if status is None:
            self.server.ends.wait()
            self.close_connection = True
            return
        if status == 204 and topic in self.server.subscribers:
            self.server.distribute(topic)
        self._answer(status, headers)

    def _verify(self, said: dict[str, str]) -> bool:
        """Ask whether the subscription is meant (WebSub 1.0, 5.3)."""
        asked = {"hub.mode": "subscribe", "hub.topic": said["hub.topic"], "hub.challenge": "c-7"}
        try:
            with urlopen(f"{said['hub.callback']}?{urlencode(asked)}") as answer:
                is_meant: bool = answer.read() == b"c-7"
        except HTTPError as error:
            error.close()
            return False
        if is_meant:
            self.server.subscribers[said["hub.topic"]] = said["hub.callback"], said["hub.secret"]
        return is_meant

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


class Subscriber(ThreadingHTTPServer):
    """Keeps what it is sent of the topic that it means to have."""

    daemon_threads = False

    def __init__(self, topic: str) -> None:
        super().__init__(("127.0.0.1", 0), _SubscriberHandler)
        self.topic = topic
        self.received: list[Delivery] = []

    def subscribe(self, hub: str, topic: str, secret: str) -> None:
        """Ask a hub for a topic (WebSub 1.0, 5.1)."""
        callback = f"http://127.0.0.1:{self.server_address[1]}/callback"
        form = {
            "hub.mode": "subscribe",
            "hub.topic": topic,
            "hub.callback": callback,
            "hub.secret": secret,
        }
        urlopen(hub, urlencode(form).encode()).close()


class _SubscriberHandler(BaseHTTPRequestHandler):
    server: Subscriber

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        is_meant = query["hub.topic"] == [self.server.topic]
        self.send_response(200 if is_meant else 404)
        self.end_headers()
        self.wfile.write(query["hub.challenge"][0].encode() if is_meant else b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = self.headers["Link"], self.headers["X-Hub-Signature"]
        self.server.received.append(Delivery(body, *headers))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


class _FileHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def serve(server: ThreadingHTTPServer) -> Iterator[None]:
    """Answer until the block ends."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            if isinstance(server, Hub):
                server.ends.set()


@contextmanager
def run_hub() -> Iterator[Hub]:
    """Give a hub that answers."""
    hub = Hub()
    with serve(hub):
        yield hub


@contextmanager
def serve_files(folder: Path) -> Iterator[str]:
    """Give the address at which a folder is served, whatever comes to stand in it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_FileHandler, directory=str(folder)))
    with serve(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/"
