"""The part of GlueContext that is about choices."""

from typing import Any

from placekeeper.runtime.frames.choice_specs import Option, parse_option


class ChoiceContext:
    """A part of GlueContext."""

    def convert_resolve_option(self, path: str, action: str, target: Any) -> Option:
        """What toDF does at a path. Raises ValueError for an action or a target that there is not."""
        return parse_option(path, action, target)
