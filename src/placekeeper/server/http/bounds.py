"""uvicorn's HTTP protocol with bounds: on connections, on the size of heads, on the time that clients take.

With httptools uvicorn bounds none of them. Also, an answer is one packet.
"""

import asyncio
import itertools
import math
import operator
import random
import resource
from typing import cast

import httptools

from placekeeper.server.http.bodies import due_s
from placekeeper.server.http.packets import Joining
from placekeeper.server.http.refusals import RefusingProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers together; SDKs send about one thousand bytes."""

HEAD_SECONDS = 10.0
"""How long a head may take, from the opening of the connection or from its first byte."""

LEFTOVER_SECONDS = 5.0
"""How long the rest of a body may take whose request was answered before it was there."""

UNREAD_SECONDS = 60.0
"""How long a client may pause in reading an answer."""

SHORTEST_SECONDS = 0.001
"""The shortest time until a timer looks again: uvloop's have whole milliseconds, and none makes no timer."""

LOOKED_AT = 64
"""Among how many connections the one that gives way is sought first: all of them take a millisecond."""

GIVING_WAY_SECONDS = 1.0
"""How long a connection that gives way may take to say so."""

MOST_CONNECTIONS, FEWEST_CONNECTIONS = 1000, 32
OTHER_FILES = 256
"""Files that are not connections: of the database, and the pipes and logs of runs."""


def most_connections() -> int:
    """How many connections may be open at once. More would take the files that runs need."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, files - OTHER_FILES))


class BoundedProtocol(RefusingProtocol):
    """One connection. It gives up a head or a body that does not arrive, and refuses what is too large.

    If there are too many connections, the one that has been idle the longest is closed for a new one, else
    the one whose head or body would be given up first. If all are being answered, the new one gets 503.
    """

    _ordinal = 0
    _until = math.inf
    """The deadline of the data that is awaited, by the loop's clock."""
    _looking: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _in_head = False
    _in_body = False
    _has_asked = False
    _is_too_large = False
    _began_now = False
    _head_bytes = 0
    _began_s = 0.0
    _body_bytes = 0
    _beside_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        joining = Joining(transport, self.loop, self._watch_unread)
        super().connection_made(cast("asyncio.Transport", joining))
        self._ordinal = next(_ORDINALS)
        bound = most_connections()
        if len(self.connections) > bound and not self._makes_room():
            self.refuse(b"503 Service Unavailable", f"At most {bound} connections may be open at once.")
        else:
            self._give(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        for timer in (self._looking, self._unread):
            if timer is not None:
                timer.cancel()
        self._looking = self._unread = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and count what belongs to a head that is not complete yet, or is beside a body:
        the sizes of its chunks, and what comes after them.

        What comes together with the first byte of a head is not counted: it may be a body's end.
        """
        if self.transport.is_closing():
            return
        self._began_now = False
        before = self._body_bytes
        super().data_received(data)
        if self._began_now or self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
        elif self._in_body:
            self._beside_bytes += len(data) - (self._body_bytes - before)
        if self._head_bytes > MAX_HEAD_BYTES or self._beside_bytes > MAX_HEAD_BYTES + 8 * self._body_bytes:
            self._is_too_large = True
            self.send_400_response("The head is too large")

    def on_message_begin(self) -> None:
        """The first byte of a head is there."""
        super().on_message_begin()
        self._began_now = self._in_head = self._has_asked = True
        self._head_bytes = self._beside_bytes = 0
        self._give(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """A head is there."""
        self._in_head, self._in_body = False, True
        self._head_bytes = self._body_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES:
            self._is_too_large = True
            raise httptools.HttpParserError("The head is too large")  # it is answered by the method below
        super().on_headers_complete()
        self._began_s = self.loop.time()
        self._until = due_s(self._began_s, self._began_s, 0)

    def on_body(self, body: bytes) -> None:
        """A piece of a body is there. Who reads it gives it up in time (server/http/bodies.py)."""
        super().on_body(body)
        self._body_bytes += len(body)
        if self._is_asking:
            self._until = due_s(self._began_s, self.loop.time(), self._body_bytes)

    def on_message_complete(self) -> None:
        """A request is there."""
        super().on_message_complete()
        self._in_body = False
        if self._is_asking:
            self._until = math.inf
        else:
            self._give(self.timeout_keep_alive)

    def on_response_complete(self) -> None:
        """A request is answered. Some of its body may not have come."""
        super().on_response_complete()
        self._unset_keepalive_if_required()  # uvicorn's own ends with the next byte, whatever it is
        if self.transport.is_closing() or self._is_asking:
            return
        if self._in_body:
            self._give(LEFTOVER_SECONDS)
        else:
            self._give(HEAD_SECONDS if self._in_head else self.timeout_keep_alive)

    def pause_writing(self) -> None:
        """More of an answer waits than is taken."""
        super().pause_writing()
        self._watch_unread()

    def resume_writing(self) -> None:
        """The answer is being taken."""
        super().resume_writing()
        if self._unread is not None and not self.transport.is_closing():
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that is invalid or too large, and close."""
        if self._is_too_large:
            self.refuse(
                b"431 Request Header Fields Too Large",
                f"The head of the request is too large: the limit is {MAX_HEAD_BYTES} bytes.",
            )
        else:
            super().send_400_response(msg)

    @property
    def _is_asking(self) -> bool:
        """Whether there is a request that is not answered."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _is_awaited(self) -> bool:
        """Whether the client has to go on: with a request, with its body, or by taking an answer."""
        if self._is_asking:
            is_body_awaited = self._in_body and not self.pipeline and not self.flow.read_paused
            return is_body_awaited or self._unread is not None
        return True

    @property
    def _turn(self) -> tuple[bool, float, int]:
        """Which of those that are awaited gives way first: the least. The loop's clock has milliseconds."""
        is_idle = self._has_asked and not self._in_head and not self._in_body
        return not is_idle, self._until, self._ordinal

    def _makes_room(self) -> bool:
        """Whether another connection gives way to this one."""
        every = tuple(self.connections)
        for some in (random.sample(every, min(len(every), LOOKED_AT)), every):
            others = [held for held in some if isinstance(held, BoundedProtocol) and held is not self]
            awaited = [held for held in others if held._is_awaited]
            if awaited:
                min(awaited, key=_turn)._give_way()
                return True
        return False

    def _give_way(self) -> None:
        self.connections.discard(self)  # it counts no longer
        if self.transport.get_write_buffer_size():
            self.transport.abort()  # what nobody takes would hold it
        else:
            self._give_up("Too many connections are open, and this one kept the server waiting the longest.")
            self.loop.call_later(GIVING_WAY_SECONDS, self.transport.abort)

    def _give(self, seconds: float) -> None:
        """Set the deadline of the awaited data. One timer serves many waits: at its end it looks again."""
        self._until = self.loop.time() + seconds
        if self._looking is not None and self._looking.when() > self._until:
            self._looking.cancel()
            self._looking = None
        if self._looking is None:
            self._looking = self.loop.call_at(self._until, self._look)

    def _look(self) -> None:
        """Give up data that did not arrive in time, unless none is awaited, or it was not read."""
        self._looking = None
        if self.transport.is_closing() or math.isinf(self._until):
            return
        left_s = self._until - self.loop.time()
        if left_s > 0:
            self._looking = self.loop.call_later(max(left_s, SHORTEST_SECONDS), self._look)
        elif not self._is_awaited or (self._in_body and self._is_asking):
            self._looking = self.loop.call_later(HEAD_SECONDS, self._look)
        else:
            self._give_up(f"The head did not arrive within {HEAD_SECONDS:g} s.")

    def _give_up(self, reason: str) -> None:
        """Close; if a request has begun and was not answered, answer with the reason."""
        is_unsaid = self._in_body and self._is_asking and not self.cycle.response_started
        if self._in_head or is_unsaid:
            self.refuse(b"408 Request Timeout", reason)
        else:
            self.transport.close()

    def _watch_unread(self) -> None:
        """Look later whether some of what waits was taken."""
        waits = self.transport.get_write_buffer_size()
        if self._unread is None and waits:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self._look_whether_read, waits)

    def _look_whether_read(self, before: int) -> None:
        self._unread = None
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_unread()


_ORDINALS = itertools.count()
_turn = operator.attrgetter("_turn")
