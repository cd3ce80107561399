"""Faults between us and a real S3: a proxy on loopback that hands every request on, or does not.

Faults are made here, S3 is not: what gets through is answered by the server behind, byte for byte. The
Host header stays the client's, so that its signature still holds there.
"""

import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from s3 import S3Server

_THROTTLED = {400: "InvalidStorageClass", 429: "TooManyRequests", 500: "InternalError", 503: "SlowDown"}
_TIMES = re.compile(rb"(?<=<LastModified>)[^<]+")


@dataclass
class Fault:
    """What happens to the next `times` requests that match: `what` is one of

    throttle (answered with `status`), reset (the connection is torn before anything is done), lost (done, and
    torn before the answer), cut (half of the body, then torn), short (half of the body, as if it were all),
    delay (answered after `seconds`).
    """

    what: str
    times: int = 1
    status: int = 503
    seconds: float = 0
    retry_after: str = ""
    """What throttling says of when to come back."""
    method: str = ""
    """Requests of any method, if empty."""
    url: str = ""
    """Requests whose path and query contain this text."""

    def hits(self, method: str, url: str) -> bool:
        return self.times > 0 and self.method in ("", method) and self.url in url


@dataclass
class FaultyS3:
    """The proxy. `seen` has what came through its door, `faults` what is still to go wrong."""

    behind: S3Server
    port: int
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    ahead_ms: int = 0
    """How far the store's clock is ahead: in Date headers and in the times of listings."""
    says_its_time: bool = True
    page_size: int = 0
    """Objects on a page of a listing, where the store behind checks no signatures."""
    latency: float = 0
    """Seconds that every request takes longer."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def server(self) -> S3Server:
        """The same store, addressed through the proxy."""
        return replace(self.behind, endpoint=f"http://127.0.0.1:{self.port}")

    def inject(self, what: str, **how: Any) -> Fault:
        """Add a fault."""
        self.faults.append(Fault(what, **how))
        return self.faults[-1]

    def count(self, text: str) -> int:
        """How many requests so far have this text in their method, path and query."""
        return sum(text in line for line in self.seen)

    def _next_fault(self, method: str, url: str) -> Fault | None:
        with self._lock:
            self.seen.append(f"{method} {url}")
            fault = next((fault for fault in self.faults if fault.hits(method, url)), None)
            if fault is not None:
                fault.times -= 1
            return fault


@contextmanager
def faulty_s3(behind: S3Server) -> Iterator[FaultyS3]:
    """A proxy before a running server, until the block ends."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    httpd.daemon_threads = True
    proxy = FaultyS3(behind, httpd.server_address[1])
    httpd.proxy = proxy  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # the client has gone
            self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Let the client send its body: it would wait for a second before it does so anyway."""
        expected = super().handle_expect_100()
        self.wfile.flush()
        return expected

    def do_GET(self) -> None:
        proxy: FaultyS3 = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = proxy._next_fault(self.command, self.path)
        what = fault.what if fault else ""
        time.sleep(proxy.latency)
        if what == "delay":
            time.sleep(fault.seconds)  # type: ignore[union-attr]
        if what == "reset":
            self._tear()
        elif what == "throttle":
            self._refuse(fault.status, fault.retry_after)  # type: ignore[union-attr]
        else:
            answer, data = self._from_behind(proxy, body)
            if what == "lost":
                self._tear()
            else:
                self._answer(proxy, answer, data, what)

    do_PUT = do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names that http.server looks for

    def _from_behind(self, proxy: FaultyS3, body: bytes) -> tuple[HTTPResponse, bytes]:
        host, port = proxy.behind.endpoint.removeprefix("http://").split(":")
        connection = HTTPConnection(host, int(port), timeout=60)
        pages = f"&max-keys={proxy.page_size}" if proxy.page_size and "list-type=2" in self.path else ""
        try:
            connection.putrequest(self.command, self.path + pages, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def _answer(self, proxy: FaultyS3, answer: HTTPResponse, data: bytes, what: str) -> None:
        headers = {name.lower(): value for name, value in answer.getheaders()}
        if proxy.ahead_ms:
            data = _TIMES.sub(lambda found: _shifted(found.group(), proxy.ahead_ms), data)
            date = parsedate_to_datetime(headers["date"]) + timedelta(milliseconds=proxy.ahead_ms)
            headers["date"] = format_datetime(date, usegmt=True)
        if not proxy.says_its_time:
            del headers["date"]
        sent = data[: len(data) // 2] if what in ("cut", "short") else data
        if self.command != "HEAD" and answer.status not in (204, 304):
            headers["content-length"] = str(len(sent if what == "short" else data))
        headers.pop("transfer-encoding", None)
        headers.pop("connection", None)
        self.send_response_only(answer.status, answer.reason)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)
        self.wfile.flush()
        if what == "cut":
            self._tear()

    def _refuse(self, status: int, retry_after: str) -> None:
        code = _THROTTLED[status]
        body = f"<Error><Code>{code}</Code><Message>Please reduce your request rate.</Message></Error>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def _tear(self) -> None:
        """Close with a reset, as a crashed server or a broken network does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        os.close(self.connection.detach())  # close() would wait for the files made of the socket

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest's output is for failures."""


def _shifted(time_of_listing: bytes, by_ms: int) -> bytes:
    moment = datetime.fromisoformat(time_of_listing.decode()) + timedelta(milliseconds=by_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
