"""Names of columns. A source may have a name twice; a frame never does."""

from collections import Counter
from collections.abc import Sequence


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once: one that occurs more than once gets its position appended, as in Spark.

    Positions count from 0. Where the name so made is taken, underscores follow. Names that differ in case
    only are different names.
    """
    times = Counter(names)
    once = {name for name, count in times.items() if count == 1}
    return _with_positions(names, once, [times[name] > 1 for name in names])


def last_keeps(names: Sequence[str]) -> tuple[str, ...]:
    """The same, but the last of several columns of one name keeps it: a later field of a record wins."""
    last = {name: position for position, name in enumerate(names)}
    return _with_positions(names, set(names), [last[name] != position for position, name in enumerate(names)])


def _with_positions(names: Sequence[str], taken: set[str], changed: Sequence[bool]) -> tuple[str, ...]:
    made = []
    for position, (name, is_changed) in enumerate(zip(names, changed, strict=True)):
        unique = name
        if is_changed:
            unique = f"{name}{position}"
            while unique in taken:
                unique += "_"
            taken.add(unique)
        made.append(unique)
    return tuple(made)
