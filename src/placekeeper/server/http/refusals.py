"""uvicorn's HTTP protocol, which tells a request that cannot be read from a fault of the server."""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from placekeeper.events import EventLog

_LOG = EventLog(__name__)


class RefusingProtocol(HttpToolsProtocol):
    """One connection. What cannot be read is answered 400, a fault of the server 500, and both are logged.

    The log has the reason that the parser gives, never what was sent.
    """

    def data_received(self, data: bytes) -> None:
        """Let the parser read, and refuse what it cannot read.

        The parser raises an error of its own also for any exception in a method that it calls. That exception
        is the context then: HttpParserError is about the request, any other is a fault of the server.
        """
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        except httptools.HttpParserError as error:
            cause = error.__context__ or error
            if isinstance(cause, httptools.HttpParserError):
                _LOG.warning("invalid request", client=self.client, reason=str(cause))
                self.send_400_response(f"This is not a valid HTTP request: {cause}.")
            else:
                _LOG.error("request failed", client=self.client, exc_info=cause)
                reason = "Internal error. The server's log has the details."
                self.refuse(b"500 Internal Server Error", reason)

    def on_headers_complete(self) -> None:
        """A head is there."""
        if not _has_path(self.url):  # uvicorn fails then, which would be a fault of ours
            raise httptools.HttpParserError("The request line has no valid path")
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is invalid, and close."""
        self.refuse(b"400 Bad Request", msg)

    def refuse(self, status: bytes, reason: str) -> None:
        """Answer with a status and a reason in ASCII, and close."""
        lines = [
            b"HTTP/1.1 " + status,
            b"content-type: text/plain; charset=utf-8",
            b"content-length: %d" % len(reason),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", reason.encode("ascii")]))
        self.transport.close()


def _has_path(url: bytes) -> bool:
    try:
        return httptools.parse_url(url).path is not None
    except httptools.HttpParserInvalidURLError:
        return False
