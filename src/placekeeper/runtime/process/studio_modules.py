"""The answer to the import of a module of Glue Studio that is not there: an error that says what to do."""

import sys
from importlib.machinery import ModuleSpec

from placekeeper.runtime.studio.table import PREFIX, TRANSFORMS, no_transform


class StudioModules:
    """Comes last among the finders, so that a module of this name which the job brings is found before it."""

    def find_spec(self, fullname: str, *_where: object) -> ModuleSpec | None:
        """Nothing, or an ImportError for a name that only Glue Studio's own modules have."""
        if not fullname.startswith(PREFIX) or "." in fullname or fullname in TRANSFORMS:
            return None
        raise ModuleNotFoundError(no_transform(fullname), name=fullname)


def explain_missing_modules() -> None:
    """Let an import of such a module say what to do, from now on."""
    sys.meta_path.append(StudioModules())
