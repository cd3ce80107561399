"""One table of DynamoDB: its description, its items in segments, and puts.

Source: docs/reference/dynamodb.md.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    DeferredRefreshableCredentials,
    RefreshableCredentials,
)
from botocore.exceptions import ClientError
from msgspec.structs import replace

from placekeeper.dynamodb.errors import code_of, in_plain_words, is_denied
from placekeeper.dynamodb.opening import Description, Item, KeyAttribute, TableSettings
from placekeeper.dynamodb.pace import Pace
from placekeeper.model.errors import DatabaseFailed, TableNotThere
from placekeeper.model.wording import counted, listed, meant

ATTEMPTS: Final = 10
"""Attempts of one request, with waits that double."""

_MOST_NAMES: Final = 2_000
_SHOWN: Final = 10
_KEYS_SHOWN: Final = 3
_LONGEST_WAIT: Final = 20.0


class DynamoTable:
    """Implements opening.Table."""

    def __init__(self, settings: TableSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._name = settings.name
        self._sleep = sleep
        self._pace = Pace(settings.units, sleep)
        with in_plain_words(f"opening the table {settings.name} of DynamoDB"):
            session = _session(settings)
            asking = _as_role(session, settings) if settings.role else session
            self._client: Any = asking.create_client(
                "dynamodb",
                region_name=_region(settings, session),
                endpoint_url=settings.endpoint or None,
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    connect_timeout=10,
                    read_timeout=60,
                ),
            )
            self._settings = replace(
                settings,
                region=self._client.meta.region_name,
                endpoint=self._client.meta.endpoint_url,
                keys=_keys(session),
            )

    @property
    def settings(self) -> TableSettings:
        """See opening.Table."""
        return self._settings

    def description(self) -> Description:
        """See opening.Table."""
        with in_plain_words(f"looking at the table {self._name} of DynamoDB"):
            try:
                found = self._client.describe_table(TableName=self._name)["Table"]
            except ClientError as error:
                if code_of(error) != "ResourceNotFoundException":
                    raise
                raise TableNotThere(self._absent()) from error
        types = {one["AttributeName"]: one["AttributeType"] for one in found["AttributeDefinitions"]}
        names = [one["AttributeName"] for one in found["KeySchema"]]
        capacity = found.get("ProvisionedThroughput") or {}
        keys = tuple(KeyAttribute(name, types[name]) for name in names)
        return Description(
            arn=str(found.get("TableArn") or ""),
            keys=keys,
            items=int(found.get("ItemCount") or 0),
            size=int(found.get("TableSizeBytes") or 0),
            reads=int(capacity.get("ReadCapacityUnits") or 0),
            writes=int(capacity.get("WriteCapacityUnits") or 0),
        )

    def reads(self) -> int:
        """See opening.Table."""
        try:
            return self.description().reads
        except DatabaseFailed as error:
            if not is_denied(error.__cause__):
                raise
            return 0

    def pages(self, segment: int, of: int, most: int | None = None) -> Iterator[Sequence[Item]]:
        """See opening.Table."""
        asked: dict[str, Any] = {
            "TableName": self._name,
            "Segment": segment,
            "TotalSegments": of,
            **self._pace.asks,
        }
        if most is not None:
            asked["Limit"] = most
        while True:
            with in_plain_words(f"scanning the table {self._name} of DynamoDB"):
                page = self._client.scan(**asked)
            yield page.get("Items") or ()
            last = page.get("LastEvaluatedKey")
            if not last:
                return
            asked["ExclusiveStartKey"] = last
            self._pace.spent(page.get("ConsumedCapacity"))

    def put(self, items: Sequence[Item], keys: Sequence[str], retries: int) -> None:
        """See opening.Table."""
        left, wait = [{"PutRequest": {"Item": item}} for item in items], 0.05
        for attempt in range(retries + 1):
            with in_plain_words(
                f"putting {counted(len(left), 'item')} into the table {self._name} of DynamoDB"
            ):
                answer = self._client.batch_write_item(RequestItems={self._name: left}, **self._pace.asks)
            self._pace.spent(answer.get("ConsumedCapacity"))
            left = (answer.get("UnprocessedItems") or {}).get(self._name) or []
            if not left:
                return
            if attempt < retries:
                self._sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
        some = [key_text(one["PutRequest"]["Item"], keys) for one in left[:_KEYS_SHOWN]]
        more = f" and {len(left) - len(some)} more" if len(left) > len(some) else ""
        raise DatabaseFailed(
            f"the table {self._name} of DynamoDB did not take {counted(len(left), 'item')} in "
            f"{counted(retries + 1, 'attempt')}: {', '.join(some)}{more}. Give the table more write "
            "capacity, or say fewer tasks (dynamodb.output.numParallelTasks) or more retries "
            "(dynamodb.output.retry)",
            may_pass=True,
        )

    def _absent(self) -> str:
        names: list[str] = []
        try:
            for page in self._client.get_paginator("list_tables").paginate():
                names += page["TableNames"]
                if len(names) >= _MOST_NAMES:
                    break
        except ClientError:  # who may read one table need not be allowed to list all
            return f"DynamoDB has no table {self._name} in the region {self._client.meta.region_name}"
        where = f"{self._client.meta.region_name} at {self._client.meta.endpoint_url}"
        if not names:
            return f"DynamoDB has no table {self._name}; it has no tables at all in {where}"
        there = f"it has {listed(names)}" if len(names) <= _SHOWN else f"it has {len(names):,} tables"
        return f"DynamoDB has no table {self._name} in {where}; {there}{meant(self._name, names)}"


def key_text(item: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The key of an item, as messages show it: `{id: 5}`."""
    parts = (f"{name}: {next(iter(item[name].values()))}" for name in keys if name in item)
    return "{" + ", ".join(parts) + "}"


def _session(settings: TableSettings) -> Any:
    """A session of botocore with the keys, or as the process says. It is typed too narrowly there."""
    session: Any = botocore.session.Session()
    if settings.keys is not None:
        session.set_credentials(*(part or None for part in settings.keys))
    return session


def _as_role(session: Any, settings: TableSettings) -> Any:
    """A session whose credentials are those of the role, which are asked for anew before they expire."""
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=session.get_credentials(),
        role_arn=settings.role,
        extra_args={"RoleSessionName": settings.role_session},
    )
    of_role: Any = botocore.session.Session()
    of_role._credentials = DeferredRefreshableCredentials(
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )
    return of_role


def _region(settings: TableSettings, session: Any) -> str | None:
    found = settings.region or session.get_config_variable("region") or os.environ.get("AWS_REGION")
    return str(found) if found else None


def _keys(session: Any) -> tuple[str, str, str] | None:
    """Keys that do not expire; None for others."""
    found = session.get_credentials()
    if found is None or isinstance(found, RefreshableCredentials):
        return None
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token or ""
