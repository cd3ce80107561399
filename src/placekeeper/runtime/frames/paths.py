"""Field paths as Glue writes them: names joined by dots, backticks around a name that holds dots."""

from collections.abc import Iterable

Path = tuple[str, ...]


def parse_path(text: str) -> Path:
    """The names of a path: "a.b" is ("a", "b"), "`a.b`.c" is ("a.b", "c"); a backtick in a name is doubled.

    The empty name is written as two backticks. Raises ValueError for one that is not, or for a backtick that
    is not closed.
    """
    if not isinstance(text, str):
        raise TypeError(f"a field path is a string, not {text!r}")
    names: list[str] = []
    rest = text
    while True:
        is_quoted = rest.startswith("`")
        name, rest = _next_name(rest, text)
        if not name and not is_quoted:
            raise ValueError(f"the field path {text!r} has an empty name: write `` for a field without one")
        names.append(name)
        if not rest:
            return tuple(names)
        rest = rest[1:]


def _next_name(rest: str, whole: str) -> tuple[str, str]:
    """The first name of `rest`, and what follows it: nothing, or a dot and more."""
    if not rest.startswith("`"):
        name, dot, tail = rest.partition(".")
        return name, dot + tail
    name, position = "", 1
    while True:
        end = rest.find("`", position)
        if end < 0:
            raise ValueError(f"the field path {whole!r} has a backtick that is not closed")
        name += rest[position:end]
        if rest[end + 1 : end + 2] != "`":
            break
        name, position = name + "`", end + 2
    tail = rest[end + 1 :]
    if tail and not tail.startswith("."):
        raise ValueError(f"the field path {whole!r} goes on after a backtick without a dot")
    return name, tail


def parse_paths(paths: str | Iterable[str]) -> list[Path]:
    """Several paths; a bare string is one of them. Raises TypeError for anything but a list."""
    if not isinstance(paths, Iterable):
        raise TypeError(f"field paths are a list of strings, such as ['a', 'b.c'], not {paths!r}")
    return [parse_path(text) for text in ([paths] if isinstance(paths, str) else paths)]


def no_field(path: Path, names: Iterable[str]) -> str:
    """A sentence that a path has no field, and how to write a column of `names` that was meant."""
    text, names = ".".join(path), list(names)
    if len(path) > 1 and text in names:
        return f"there is no field '{text}', but a column of that name: write it as '{quoted(text)}'"
    alike = sorted(name for name in names if name.lower() == path[0].lower() and name != path[0])
    if alike:
        return f"there is no field '{text}', but '{alike[0]}': a name is compared exactly, in its case too"
    return f"there is no field '{text}'"


def quoted(name: str) -> str:
    """A column name as Spark wants it when it must not be read as a path."""
    return "`" + name.replace("`", "``") + "`"
