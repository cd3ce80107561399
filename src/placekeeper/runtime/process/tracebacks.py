"""Tracebacks for the author of a script: the script's own frames and the error of a task, without machinery.

Frames of Placekeeper and of the engine are left out, and so are frames of libraries that these called; a
library that the script itself called stays visible. An exception in a task reaches the driver as text within
an engine's exception: its frames are put where the script's end, its last line takes the place of the text.
"""

import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from placekeeper.model import errors
from placekeeper.model.errors import PlacekeeperError
from placekeeper.runtime.engines.error_texts import in_plain_words
from placekeeper.runtime.process.installing import line_of

_OUR_FOLDER: Final = f"{Path(__file__).resolve().parents[2]}/"
_MACHINERY: Final = re.compile(
    r"(?:[^/]+\.zip|(?:site|dist)-packages)/(?:placekeeper|pyspark|py4j|pysail|grpc)/"
    r"|/python/(?:pyspark|py4j)/"  # SPARK_HOME
    r"|^spark\.py$"  # compiled into Sail
)
_LIBRARY: Final = re.compile(r"/(?:site|dist)-packages/|/lib/python3\.\d+/|^<frozen ")

_ENGINES: Final = frozenset({"pyspark", "py4j", "pysail"})
_OF_ENGINES: Final = frozenset({"google"})
"""Packages that engines are made of, and that raise errors of their own: protobuf."""

_HEADER: Final = "Traceback (most recent call last):\n"
_AFTER_WORKER: Final = re.compile(r"\n+\tat |\n+JVM stacktrace:")
_FRAME: Final = re.compile(r'  File "(?P<file>.*)", line (?P<line>\d+)')
_SAID: Final = re.compile(r"(?P<module>(?:\w+\.)*)(?P<name>\w+)(?:: (?P<message>.*))?", re.DOTALL)
_CAUSE: Final = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT: Final = "\nDuring handling of the above exception, another exception occurred:\n\n"
_NESTED: Final = "RuntimeError: External error: "  # Sail, of a task that was fed by the one that failed
_OURS: Final = re.compile(r"^(?:placekeeper\.model\.errors\.)(?P<name>\w+): (?P<message>.+)$", re.MULTILINE)
_CLASS_PATH: Final = re.compile(r"^([ |+-]*)placekeeper\.(?:\w+\.)*(?=[A-Z]\w*(?:: |$))", re.MULTILINE)
_CUT: Final = "\n[truncated]\n"  # Sail, in the middle of a long text
_WHOLE_FRAME: Final = re.compile(r'^  File "', re.MULTILINE)
_CHAIN: Final = re.compile(f"({re.escape(_CAUSE)}|{re.escape(_CONTEXT)})")


def script_traceback(error: BaseException, script: str) -> str:
    """The traceback of an error of a script, from the script's first line on.

    An error of ours has its name alone, without the path of the module that defines it.
    """
    return _CLASS_PATH.sub(r"\1", "".join(_chain(error, script, set())))


def type_and_text(error: BaseException) -> tuple[str, str]:
    """The name of an error's type and its text; an exception in a task stands for the engine's."""
    failure = _worker_failure(error)
    if failure is not None:
        return failure.name, failure.message
    if words := _words(error):
        return type(error).__name__, words
    return type(error).__name__, str(traceback.TracebackException.from_exception(error)).strip()


def _chain(error: BaseException, script: str, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before, between = error.__cause__, _CAUSE
    if before is None and not error.__suppress_context__:
        before, between = error.__context__, _CONTEXT
    if before is not None and id(before) not in seen and _explains(before, error, script):
        yield from _chain(before, script, seen)
        yield between
    yield from _formatted(error, script)


def _explains(before: BaseException, error: BaseException, script: str) -> bool:
    """Whether the error before is worth showing: an error of ours says itself what led to it in us."""
    if not isinstance(error, PlacekeeperError):
        return True
    return any(frame.f_code.co_filename == script for frame, _ in traceback.walk_tb(before.__traceback__))


def _formatted(error: BaseException, script: str) -> Iterator[str]:
    parts = traceback.TracebackException.from_exception(error)
    failure = _worker_failure(error)
    if failure is not None:
        parts.stack = _without(failure.places, parts.stack)
    _keep_own(parts, script)
    if failure is not None:
        yield failure.before
        frames = [*parts.stack.format(), *failure.frames]
        yield "".join([_HEADER, *frames] if frames else [])
        yield f"{failure.said}\n"
    elif words := _words(error):
        yield "".join([_HEADER, *parts.stack.format()] if parts.stack else [])
        yield f"{type(error).__module__}.{type(error).__qualname__}: {words}\n"
    elif parts.stack or parts.exceptions:
        yield from parts.format(chain=False)
    else:
        yield from parts.format_exception_only()


def _words(error: BaseException) -> str:
    """An engine's error in words, or one of ours with a command; empty where its own text says it as well."""
    if isinstance(error, PlacekeeperError) and error.extra is not None:
        return line_of(error)
    if type(error).__module__.partition(".")[0] not in _ENGINES | _OF_ENGINES:
        return ""
    said = str(error)
    words = in_plain_words(said)
    return words if words != said else ""


def _keep_own(parts: traceback.TracebackException, script: str) -> None:
    stack = parts.stack
    first = next((i for i, frame in enumerate(stack) if frame.filename == script), 0)
    names = [frame.filename for frame in stack[first:]]
    own = [frame for frame, is_own in zip(stack[first:], _are_own(names), strict=True) if is_own]
    parts.stack = traceback.StackSummary.from_list(own)
    for part in parts.exceptions or ():
        _keep_own(part, script)


def _are_own(file_names: Iterable[str]) -> Iterator[bool]:
    """Which frames are shown; a library's frame follows the one that called it."""
    is_own = True
    for name in file_names:
        if name.startswith(_OUR_FOLDER) or _MACHINERY.search(name):
            is_own = False
        elif not _LIBRARY.search(name):
            is_own = True
        yield is_own


def _without(places: Sequence[tuple[str, int]], stack: traceback.StackSummary) -> traceback.StackSummary:
    """The stack without the task's frames, which newer PySparks put at its end."""
    if places and [(frame.filename, frame.lineno) for frame in stack[-len(places) :]] == list(places):
        return traceback.StackSummary.from_list(stack[: -len(places)])
    return stack


class _WorkerFailure(Struct, frozen=True):
    """An exception in a task, out of the text of an engine's exception.

    `places` are all its frames, `frames` the lines of those that are the script's; `before` is the text of
    the exceptions that led to it, ready to be shown.
    """

    said: str
    name: str
    message: str
    places: tuple[tuple[str, int], ...]
    frames: tuple[str, ...]
    before: str


def _worker_failure(error: BaseException) -> _WorkerFailure | None:
    if type(error).__module__.partition(".")[0] not in _ENGINES:
        return None
    _, is_there, text = _after_cut(str(error)).partition(_HEADER)
    if not is_there:
        return _said_anywhere(str(error))
    text = _AFTER_WORKER.split(text, maxsplit=1)[0].rstrip("\n")
    *earlier, last = _CHAIN.split(text)
    places, frames, said = _parsed(last)
    said = said.removeprefix(_NESTED)
    match = _SAID.fullmatch(said)
    if match is None:
        return _said_anywhere(str(error))
    name = match["name"]
    is_ours = match["module"] in ("", f"{errors.__name__}.") and name in vars(errors)
    return _WorkerFailure(
        said=said,
        name=name,
        message=(match["message"] or "").strip(),
        places=places,
        frames=() if is_ours else frames,
        before="" if is_ours else _earlier(earlier),
    )


def _after_cut(text: str) -> str:
    """A text that was cut, from its next whole frame on: what is said comes last; else with a mark."""
    _, is_cut, rest = text.rpartition(_CUT)
    frame = _WHOLE_FRAME.search(rest) if is_cut else None
    return text.replace(_CUT, " … ") if frame is None else _HEADER + rest[frame.start() :]


def _said_anywhere(text: str) -> _WorkerFailure | None:
    """An error of ours in a text that an engine has cut in the middle."""
    found = [match for match in _OURS.finditer(text) if match["name"] in vars(errors)]
    if not found:
        return None
    name, message = found[-1]["name"], found[-1]["message"].strip()
    return _WorkerFailure(
        said=f"{name}: {message}", name=name, message=message, places=(), frames=(), before=""
    )


def _earlier(parts: Sequence[str]) -> str:
    """Earlier exceptions of a task, as text; those without a frame of the script are left out."""
    shown = []
    for text, between in zip(parts[::2], parts[1::2], strict=True):
        _, frames, said = _parsed(text)
        if frames:
            shown += [_HEADER, *frames, f"{said}\n", between]
    return "".join(shown)


def _parsed(text: str) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...], str]:
    """The frames of one exception's traceback, the lines of those that are shown, what comes after them."""
    places: list[tuple[str, int]] = []
    frames: list[str] = []
    lines = text.removeprefix(_HEADER).rstrip("\n").split("\n")
    count = 0
    for line in lines:
        match = _FRAME.match(line)
        if match:
            places.append((match["file"], int(match["line"])))
            frames.append("")
        elif not line.startswith("  ") or not frames:
            break
        frames[-1] += f"{line}\n"
        count += 1
    shown = [frame for frame, own in zip(frames, _are_own(name for name, _ in places), strict=True) if own]
    return tuple(places), tuple(shown), "\n".join(lines[count:])
