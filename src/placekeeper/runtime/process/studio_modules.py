"""The answer to the import of a module of Glue Studio or Delta Lake that is not there: what to do."""

import sys
from importlib.machinery import ModuleSpec
from typing import Final

from placekeeper.runtime.studio.table import PREFIX, TRANSFORMS, no_transform

_NO_DELTA: Final = (
    "No module named 'delta': DeltaTable is of the package delta-spark, which needs Apache Spark. Read the "
    "table with spark.read.format('delta').load(…), or run the job with --engine spark, "
    "--additional-python-modules delta-spark and Delta Lake's jars (--extra-jars)."
)


class StudioModules:
    """Comes last among the finders, so that a module of this name which the job brings is found before it."""

    def find_spec(self, fullname: str, *_where: object) -> ModuleSpec | None:
        """Nothing, or an ImportError for a name that only such modules have."""
        if fullname == "delta":
            raise ModuleNotFoundError(_NO_DELTA, name=fullname)
        if not fullname.startswith(PREFIX) or "." in fullname or fullname in TRANSFORMS:
            return None
        raise ModuleNotFoundError(no_transform(fullname), name=fullname)


def explain_missing_modules() -> None:
    """Let an import of such a module say what to do, from now on."""
    sys.meta_path.append(StudioModules())
