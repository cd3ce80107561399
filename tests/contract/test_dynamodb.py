"""The adapter to DynamoDB against a server: what it leaves is put again, and what it refuses is said."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynamodb_shop import Shop
from placekeeper.dynamodb.opening import TableSettings
from placekeeper.dynamodb.tables import DynamoTable
from placekeeper.model.errors import DatabaseFailed
from s3 import S3Server


@pytest.fixture
def shop(sorted_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(sorted_s3)
    for name, value in shop.environ.items():
        monkeypatch.setenv(name, value)
    return shop


class Busy:
    """A client that takes one item of each request that puts, and leaves the others."""

    def __init__(self, client: Any) -> None:
        self._client, self.requests = client, 0

    def batch_write_item(self, **request: dict[str, list[Any]]) -> dict[str, Any]:
        self.requests += 1
        ((table, puts),) = request["RequestItems"].items()
        self._client.batch_write_item(RequestItems={table: puts[:1]})
        return {"UnprocessedItems": {table: puts[1:]} if puts[1:] else {}}


def _opened(name: str, waits: list[float]) -> tuple[DynamoTable, Busy]:
    table = DynamoTable(TableSettings(name=name), waits.append)
    busy = table._client = Busy(table._client)
    return table, busy


def _items(count: int) -> list[dict[str, Any]]:
    return [{"id": {"N": str(number)}} for number in range(count)]


def test_what_is_left_is_put_again_after_waits_that_grow(shop: Shop) -> None:
    name, waits = shop.table(), list[float]()
    table, busy = _opened(name, waits)
    table.put(_items(4), ["id"], 10)
    assert len(shop.items(name)) == busy.requests == 4
    assert waits == sorted(waits)
    assert len(waits) == 3


def test_after_all_retries_the_items_that_were_not_written_are_named(shop: Shop) -> None:
    name = shop.table()
    table, _ = _opened(name, [])
    with pytest.raises(DatabaseFailed, match=r"did not take 8 items in 2 attempts: \{id: 2\}, .* and 5 more"):
        table.put(_items(10), ["id"], 1)
    assert len(shop.items(name)) == 2


def test_segments_have_each_item_once_whatever_the_pages(shop: Shop) -> None:
    name = shop.table()
    shop.put(name, *({"id": id} for id in range(60)))
    table = DynamoTable(TableSettings(name=name))
    pages = [page for segment in range(3) for page in table.pages(segment, 3, 7)]
    assert sorted(int(item["id"]["N"]) for page in pages for item in page) == list(range(60))
    assert max(map(len, pages)) <= 7


def test_tasks_get_what_was_resolved_and_nobody_sees_the_keys(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.table({"id": "S", "at": "N"})
    settings = DynamoTable(TableSettings(name=name)).settings
    for variable in shop.environ:
        monkeypatch.delenv(variable, raising=False)
    found = DynamoTable(settings).description()
    assert [(key.name, key.type) for key in found.keys] == [("id", "S"), ("at", "N")]
    assert shop.environ["AWS_SECRET_ACCESS_KEY"] not in repr(settings)


def test_a_role_is_assumed(shop: Shop, sorted_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sorted_s3.endpoint)
    name = shop.table()
    shop.put(name, {"id": 1})
    role = TableSettings(name=name, role="arn:aws:iam::123456789012:role/reader", role_session="reader")
    (page,) = DynamoTable(role).pages(0, 1)
    assert page == [{"id": {"N": "1"}}]
    (again,) = DynamoTable(DynamoTable(role).settings).pages(0, 1)
    assert again == page


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "there are no credentials"),
        (("AWS_REGION", "AWS_DEFAULT_REGION"), "no region is known"),
    ],
)
def test_what_is_not_configured_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, without: tuple[str, ...], said: str
) -> None:
    for variable in without:
        monkeypatch.delenv(variable, raising=False)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    with pytest.raises(DatabaseFailed, match=said):
        DynamoTable(TableSettings(name="Orders")).description()


def test_who_may_only_scan_a_table_reads_it(shop: Shop) -> None:
    name = shop.table()
    table = DynamoTable(TableSettings(name=name))

    def refused(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeTable")

    table._client.describe_table = refused
    assert table.reads() == 0
    with pytest.raises(DatabaseFailed, match=r"refuses these credentials .*They need dynamodb:DescribeTable"):
        table.description()


def test_a_bounded_scan_waits_after_each_page_but_the_last(shop: Shop) -> None:
    name, waits = shop.table(), list[float]()
    shop.put(name, *({"id": id} for id in range(30)))
    table = DynamoTable(TableSettings(name=name, units=0.5), waits.append)
    pages = list(table.pages(0, 1, 10))
    assert sum(map(len, pages)) == 30
    assert len(waits) == len(pages) - 1
    assert min(waits) > 0
