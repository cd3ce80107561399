"""The look at scripts, for the command line; without an engine's PySpark it says what to install."""

from placekeeper.model.errors import MissingExtra

try:
    from placekeeper.runtime.engines.modules import is_found
    from placekeeper.runtime.engines.registry import installed
    from placekeeper.runtime.look.finding import RULES, Finding, Level
    from placekeeper.runtime.look.look import look
    from placekeeper.runtime.process.installing import installation
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.startswith("placekeeper"):
        raise
    raise MissingExtra("placekeeper check", "sail") from missing

__all__ = ["RULES", "Finding", "Level", "is_found", "look", "spark_command"]


def spark_command() -> str | None:
    """The command that installs Spark here; None where it is installed."""
    return None if installed().spark else installation().how_to_install("spark")
