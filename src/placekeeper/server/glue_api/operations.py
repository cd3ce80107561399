"""The table of operations: adding one is a row here and a handler of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from placekeeper.model.errors import UnknownOperationException
from placekeeper.server.glue_api.handlers.bookmarks import get_job_bookmark, reset_job_bookmark
from placekeeper.server.glue_api.handlers.catalog import (
    batch_delete_table,
    create_database,
    create_table,
    delete_database,
    delete_table,
    get_database,
    get_databases,
    get_table,
    get_tables,
    update_database,
    update_table,
)
from placekeeper.server.glue_api.handlers.jobs import (
    batch_get_jobs,
    create_job,
    delete_job,
    get_job,
    get_jobs,
    list_jobs,
    update_job,
)
from placekeeper.server.glue_api.handlers.partitions import (
    batch_create_partition,
    batch_delete_partition,
    batch_get_partition,
    create_partition,
    delete_partition,
    get_partition,
    get_partitions,
    update_partition,
)
from placekeeper.server.glue_api.handlers.runs import (
    batch_stop_job_run,
    get_job_run,
    get_job_runs,
    start_job_runs,
)
from placekeeper.server.glue_api.handlers.security_configurations import (
    create_security_configuration,
    delete_security_configuration,
    get_security_configuration,
    get_security_configurations,
)
from placekeeper.server.glue_api.handlers.tags import get_tags, tag_resource, untag_resource
from placekeeper.server.protocol.decode import Decode, Decoders, decode_body, operation_name
from placekeeper.server.protocol.encode import Encode, Encoders
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.server.protocol.validate import Check, Checks, validate

if TYPE_CHECKING:
    from placekeeper.control.service import Control

Handler = Callable[["Control", Any], Mapping[str, object]]
"""Calls one use case with validated parameters and returns the members of the output."""


class Many(msgspec.Struct, frozen=True):
    """A handler of several requests that are written together: an output or an error for each."""

    handle: Callable[[Control, Sequence[Any]], Sequence[Mapping[str, object] | Exception]]


HANDLERS: Mapping[str, Handler | Many] = MappingProxyType(
    {
        "BatchCreatePartition": batch_create_partition,
        "BatchDeletePartition": batch_delete_partition,
        "BatchDeleteTable": batch_delete_table,
        "BatchGetJobs": batch_get_jobs,
        "BatchGetPartition": batch_get_partition,
        "BatchStopJobRun": batch_stop_job_run,
        "CreateDatabase": create_database,
        "CreateJob": create_job,
        "CreatePartition": create_partition,
        "CreateSecurityConfiguration": create_security_configuration,
        "CreateTable": create_table,
        "DeleteDatabase": delete_database,
        "DeleteJob": delete_job,
        "DeletePartition": delete_partition,
        "DeleteSecurityConfiguration": delete_security_configuration,
        "DeleteTable": delete_table,
        "GetDatabase": get_database,
        "GetDatabases": get_databases,
        "GetJob": get_job,
        "GetJobBookmark": get_job_bookmark,
        "GetJobRun": get_job_run,
        "GetJobRuns": get_job_runs,
        "GetJobs": get_jobs,
        "GetPartition": get_partition,
        "GetPartitions": get_partitions,
        "GetSecurityConfiguration": get_security_configuration,
        "GetSecurityConfigurations": get_security_configurations,
        "GetTable": get_table,
        "GetTables": get_tables,
        "GetTags": get_tags,
        "ListJobs": list_jobs,
        "ResetJobBookmark": reset_job_bookmark,
        "StartJobRun": Many(start_job_runs),
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
        "UpdateDatabase": update_database,
        "UpdateJob": update_job,
        "UpdatePartition": update_partition,
        "UpdateTable": update_table,
    }
)

_QUICK = frozenset({"GetJob", "GetJobBookmark", "GetJobRun"})


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table, bound to the model: decode, check, handle, encode."""

    name: str
    decode: Decode
    check: Check | None
    handle: Handler | Many
    encode: Encode

    @property
    def is_quick(self) -> bool:
        """Whether it reads a row or two: none that lists, none that writes."""
        return self.name in _QUICK

    def parameters(self, body: bytes) -> dict[str, Any]:
        """What a body says, decoded and checked. Raises GlueError."""
        params = decode_body(body, self.decode)
        validate(params, self.check)
        return params


class Operations:
    """All operations that are served; what the model says is compiled once, for the first request."""

    def __init__(self, model: ServiceModel, handlers: Mapping[str, Handler | Many] = HANDLERS) -> None:
        self._model = model
        self._handlers = handlers

    @cached_property
    def _rows(self) -> Mapping[str, Operation]:
        decoders, checks, encoders = Decoders(), Checks(), Encoders()
        rows = {}
        for name, handler in self._handlers.items():
            shapes = self._model.operation(name)
            rows[name] = Operation(
                name=name,
                decode=decoders.of(shapes.input),
                check=checks.of(shapes.input),
                handle=handler,
                encode=encoders.of(shapes.output),
            )
        return rows

    def group_committed(self) -> Mapping[str, Many]:
        """The handlers of several requests, by operation."""
        return {name: handler for name, handler in self._handlers.items() if isinstance(handler, Many)}

    def find(self, target: str | None, content_type: str | None) -> Operation:
        """The operation that a request's headers name; UnknownOperationException when it is not served."""
        name = operation_name(target, content_type, self._model)
        if name not in self._rows:
            raise UnknownOperationException(
                f"{name} is an operation of Glue that Placekeeper does not serve."
            )
        return self._rows[name]
