"""Glue's service model, as botocore ships it: the contract that decoding, validating and encoding follow."""

from collections.abc import Callable, Mapping
from functools import cached_property
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
    """Glue's operations and shapes, loaded on first use: a run that does not call Glue never loads them."""

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load = load

    @classmethod
    def of_botocore(cls) -> "ServiceModel":
        """The model of the botocore that is installed."""
        return cls(_without_documentation)

    def loaded(self) -> "ServiceModel":
        """The same model, loaded now, so that a server's first request does not wait for it."""
        assert self._service  # noqa: S101 - loads it
        return self

    @cached_property
    def _definition(self) -> Mapping[str, Any]:
        return self._load()

    @cached_property
    def _service(self) -> botocore_model.ServiceModel:
        return botocore_model.ServiceModel(self._definition, "glue")

    @cached_property
    def operation_names(self) -> frozenset[str]:
        """All of Glue's operations, served or not."""
        return frozenset(self._definition["operations"])

    @cached_property
    def target_prefix(self) -> str:
        """The text before an operation's name in X-Amz-Target."""
        return str(self._definition["metadata"]["targetPrefix"])

    @cached_property
    def json_version(self) -> str:
        """The version of AWS JSON."""
        return str(self._definition["metadata"]["jsonVersion"])

    def operation(self, name: str) -> OperationShapes:
        """The shapes of an operation. Raises KeyError if the model does not have it."""
        if name not in self.operation_names:
            raise KeyError(name)
        found = self._service.operation_model(name)
        return OperationShapes(
            name=name,
            input=_structure(found.input_shape),
            output=_structure(found.output_shape),
            errors=tuple(shape.name for shape in found.error_shapes),
        )


def _without_documentation() -> Mapping[str, Any]:
    """The model without its documentation, which takes half of its memory."""
    definition: dict[str, Any] = Loader().load_service_model("glue", "service-2")
    for described in (*definition["operations"].values(), *definition["shapes"].values()):
        described.pop("documentation", None)
        for member in described.get("members", {}).values():
            member.pop("documentation", None)
    return definition


def _structure(shape: Shape | None) -> StructureShape:
    """An operation without input or output takes or gives the structure without members."""
    if isinstance(shape, StructureShape):
        return shape
    return StructureShape("Empty", {"type": "structure", "members": {}}, None)
