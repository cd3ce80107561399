"""Glue's service model, as botocore ships it: the contract that decoding, validating and encoding follow."""

from collections.abc import Mapping
from typing import Any

import msgspec
from botocore import model as botocore_model
from botocore.loaders import Loader

Shape = botocore_model.Shape
StructureShape = botocore_model.StructureShape
ListShape = botocore_model.ListShape
MapShape = botocore_model.MapShape


class OperationShapes(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the model: its input and output, and the errors that it declares."""

    name: str
    input: StructureShape
    output: StructureShape
    errors: tuple[str, ...]


class ServiceModel:
    """Glue's operations and shapes. Load it once and hand it on; shapes are resolved when asked for."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._service = botocore_model.ServiceModel(definition, "glue")
        self.operation_names = frozenset(definition["operations"])
        self.target_prefix = str(definition["metadata"]["targetPrefix"])
        self.json_version = str(definition["metadata"]["jsonVersion"])

    @classmethod
    def load(cls) -> "ServiceModel":
        """The model of the botocore that is installed, without its documentation (half of its memory)."""
        definition = Loader().load_service_model("glue", "service-2")
        for described in (*definition["operations"].values(), *definition["shapes"].values()):
            described.pop("documentation", None)
            for member in described.get("members", {}).values():
                member.pop("documentation", None)
        return cls(definition)

    def operation(self, name: str) -> OperationShapes:
        """The shapes of an operation; KeyError when the model has none of that name."""
        if name not in self.operation_names:
            raise KeyError(name)
        found = self._service.operation_model(name)
        return OperationShapes(
            name=name,
            input=_structure(found.input_shape),
            output=_structure(found.output_shape),
            errors=tuple(shape.name for shape in found.error_shapes),
        )


def _structure(shape: Shape | None) -> StructureShape:
    """An operation without input or output takes or gives the structure without members."""
    if isinstance(shape, StructureShape):
        return shape
    return StructureShape("Empty", {"type": "structure", "members": {}}, None)
