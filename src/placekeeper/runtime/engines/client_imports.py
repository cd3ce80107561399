"""PySpark's client imports its parts when they are first needed: this lets it do so unseen."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def client_imports(main_file: str = "placekeeper") -> Iterator[None]:
    """Within, PySpark's client may import its parts.

    It warns of other libraries' futures, which no script can change. Where the main module has no file, as in
    a console, it takes itself for one of its own doctests and ends the process: `main_file` is the name then.
    """
    main = sys.modules["__main__"]
    is_nameless = not hasattr(main, "__file__")
    if is_nameless:
        main.__file__ = main_file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        if is_nameless:
            del main.__file__
