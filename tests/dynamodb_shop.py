"""Tables of DynamoDB for tests: moto's server, and a client of boto3."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeSerializer

from s3 import REGION, S3Server

_SERIALIZER = TypeSerializer()


class Shop:
    """Tables with names of their own, so that tests may share a server."""

    def __init__(self, server: S3Server) -> None:
        self.environ = {**server.environ, "AWS_ENDPOINT_URL_DYNAMODB": server.endpoint}
        self.client: Any = boto3.session.Session().client(
            "dynamodb",
            endpoint_url=server.endpoint,
            region_name=REGION,
            aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
        )

    def table(self, key: Mapping[str, str] | None = None, *, named: str = "Orders") -> str:
        """A new table with this key (name → S, N or B); its name."""
        name, keys = f"{named}-{secrets.token_hex(4)}", dict(key or {"id": "N"})
        kinds = ("HASH", "RANGE")
        self.client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": keys[one]} for one in keys],
            KeySchema=[
                {"AttributeName": one, "KeyType": kind} for one, kind in zip(keys, kinds, strict=False)
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    def put(self, table: str, *items: Mapping[str, Any]) -> None:
        """Put items, as boto3's Table takes them."""
        for begin in range(0, len(items), 25):
            puts = [
                {"PutRequest": {"Item": {name: _SERIALIZER.serialize(one[name]) for name in one}}}
                for one in items[begin : begin + 25]
            ]
            self.client.batch_write_item(RequestItems={table: puts})

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items with their types, sorted."""
        pages: Iterable[Any] = self.client.get_paginator("scan").paginate(TableName=table)
        return sorted((item for page in pages for item in page["Items"]), key=repr)
