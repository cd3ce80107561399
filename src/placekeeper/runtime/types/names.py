"""Names of columns. A source may have a name twice; a frame never does."""

from collections import Counter
from collections.abc import Sequence


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once: one that occurs more than once gets its position appended, as in Spark.

    Positions count from 0. Where the name so made is taken, underscores follow. Names that differ in case
    only are different names.
    """
    times = Counter(names)
    taken = {name for name, count in times.items() if count == 1}
    made = []
    for position, name in enumerate(names):
        unique = name
        if times[name] > 1:
            unique = f"{name}{position}"
            while unique in taken:
                unique += "_"
            taken.add(unique)
        made.append(unique)
    return tuple(made)
