"""Field paths as Glue writes them: names joined by dots, backticks around a name that holds dots."""

from collections.abc import Iterable, Iterator

from placekeeper.model.wording import nearest
from placekeeper.runtime.types.kinds import Part, Place

Path = tuple[str, ...]


def parse_path(text: str) -> Path:
    """The names of a path: "a.b" is ("a", "b"), "`a.b`.c" is ("a.b", "c"); a backtick in a name is doubled.

    The empty name is written as two backticks. Raises ValueError for one that is not, or for a backtick that
    is not closed.
    """
    return tuple(name for name, _ in _steps(text, with_arrays=False))


def array_path(text: str) -> Place:
    """A path that may go into arrays: "list[].price" is the field price of every element of list.

    Raises ValueError as parse_path does.
    """
    place: list[str | Part] = []
    for name, depth in _steps(text, with_arrays=True):
        place += [name, *[Part.ELEMENT] * depth]
    return tuple(place)


def _steps(text: str, *, with_arrays: bool) -> Iterator[tuple[str, int]]:
    """The names of a path, and into how many arrays in each other the path goes behind each."""
    if not isinstance(text, str):
        raise TypeError(f"a field path is a string, not {text!r}")
    rest = text
    while True:
        is_quoted = rest.startswith("`")
        name, rest = _next_name(rest, text)
        depth = 0
        while with_arrays and (rest.startswith("[]") if is_quoted else name.endswith("[]")):
            name, rest = (name, rest[2:]) if is_quoted else (name[:-2], rest)
            depth += 1
        if rest and not rest.startswith("."):
            raise ValueError(f"the field path {text!r} goes on after a backtick without a dot")
        if not name and not is_quoted:
            raise ValueError(f"the field path {text!r} has an empty name: write `` for a field without one")
        yield name, depth
        if not rest:
            return
        rest = rest[1:]


def _next_name(rest: str, whole: str) -> tuple[str, str]:
    """The first name of `rest`, and what follows it."""
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
            return name, rest[end + 1 :]
        name, position = name + "`", end + 2


def parse_paths(paths: str | Iterable[str]) -> list[Path]:
    """Several paths; a bare string is one of them. Raises TypeError for anything but a list."""
    if not isinstance(paths, Iterable):
        raise TypeError(f"field paths are a list of strings, such as ['a', 'b.c'], not {paths!r}")
    return [parse_path(text) for text in ([paths] if isinstance(paths, str) else paths)]


def no_field(path: Path, names: Iterable[str]) -> str:
    """A sentence that a path has no field, and how to write a column of `names` that was meant."""
    names = list(names)
    text = ".".join(path)
    if len(path) > 1 and text in names:
        return f"there is no field '{text}', but a column of that name: write it as '{quoted(text)}'"
    return f"there is no field '{text}'{_meant(text, names)}"


def _meant(text: str, names: Iterable[str]) -> str:
    """The name that was meant, and that it differs in case alone where it does."""
    found = nearest(text, names)
    if found is None:
        return ""
    return (
        f", but '{found}': write it as it is"
        if found.lower() == text.lower()
        else f"; did you mean '{found}'?"
    )


def quoted(name: str) -> str:
    """A column name as Spark wants it when it must not be read as a path."""
    return "`" + name.replace("`", "``") + "`"
