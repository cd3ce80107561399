"""The table of operations: each handler module exports its own, and has its line here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import msgspec

from placekeeper.model.account import Account
from placekeeper.model.errors import UnknownOperationException
from placekeeper.rules.catalog.catalog_ids import catalog_of
from placekeeper.server.glue_api.handler import GroupHandler, Handler
from placekeeper.server.glue_api.handlers import (
    bookmarks,
    catalog_settings,
    catalogs,
    classifiers,
    column_statistics,
    connections,
    crawlers,
    crawls,
    databases,
    functions,
    jobs,
    partition_indexes,
    partitions,
    runs,
    security_configurations,
    table_search,
    table_versions,
    tables,
    tags,
)
from placekeeper.server.protocol.decode import Decode, Decoders, decode_body, operation_name
from placekeeper.server.protocol.encode import Encode, Encoders
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.server.protocol.validate import Check, Checks, validate

HANDLERS: Mapping[str, Handler | GroupHandler] = MappingProxyType(
    {
        **bookmarks.OPERATIONS,
        **catalog_settings.OPERATIONS,
        **catalogs.OPERATIONS,
        **classifiers.OPERATIONS,
        **connections.OPERATIONS,
        **column_statistics.OPERATIONS,
        **crawlers.OPERATIONS,
        **crawls.OPERATIONS,
        **databases.OPERATIONS,
        **functions.OPERATIONS,
        **jobs.OPERATIONS,
        **partition_indexes.OPERATIONS,
        **partitions.OPERATIONS,
        **runs.OPERATIONS,
        **security_configurations.OPERATIONS,
        **table_search.OPERATIONS,
        **table_versions.OPERATIONS,
        **tables.OPERATIONS,
        **tags.OPERATIONS,
    }
)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table, bound to the model: decode, check, handle, encode.

    `account` is that of the server if the operation takes a CatalogId, else None.
    """

    name: str
    account: Account | None
    decode: Decode
    check: Check | None
    handler: Handler | GroupHandler
    encode: Encode

    def parameters(self, body: bytes) -> dict[str, Any]:
        """The parameters in a body, decoded and checked, with the catalog that is meant. Raises GlueError."""
        params = decode_body(body, self.decode)
        validate(params, self.check)
        if self.account is not None:
            params["CatalogId"] = catalog_of(params.get("CatalogId"), self.account)
        return params


class Operations:
    """All operations that are served. Each is compiled from the model once, for its first request."""

    def __init__(
        self,
        model: ServiceModel,
        account: Account,
        handlers: Mapping[str, Handler | GroupHandler] = HANDLERS,
    ) -> None:
        self._model = model
        self._account = account
        self._handlers = handlers

    @cached_property
    def _rows(self) -> Mapping[str, Operation]:
        decoders, checks, encoders = Decoders(), Checks(), Encoders()
        rows = {}
        for name, handler in self._handlers.items():
            shapes = self._model.operation(name)
            rows[name] = Operation(
                name=name,
                account=self._account if "CatalogId" in shapes.input.members else None,
                decode=decoders.of(shapes.input),
                check=checks.of(shapes.input),
                handler=handler,
                encode=encoders.of(shapes.output),
            )
        return rows

    def group_handlers(self) -> Mapping[str, GroupHandler]:
        """The handlers of several requests, by operation."""
        return {name: each for name, each in self._handlers.items() if isinstance(each, GroupHandler)}

    def find(self, target: str | None, content_type: str | None) -> Operation:
        """The operation that the headers name. Raises UnknownOperationException if it is not served."""
        name = operation_name(target, content_type, self._model)
        if name not in self._rows:
            raise UnknownOperationException(f"Placekeeper does not serve the operation {name} of Glue.")
        return self._rows[name]
