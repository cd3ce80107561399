"""ListObjectsV2 answers as AWS gives them, where the S3 at hand cannot."""

import pytest

from placekeeper.model.objects import CLASSED_LISTING_SCHEMA, LISTING_SCHEMA, object_rows
from placekeeper.model.publication import StagedFile, UploadPart
from placekeeper.objects.s3.pages import parse_page, to_batch
from placekeeper.objects.s3.staging import expected_e_tag, run_token

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'


def page(*contents: str, more: str = "") -> bytes:
    return (
        HEAD + more + "".join(f"<Contents>{item}</Contents>" for item in contents) + "</ListBucketResult>"
    ).encode()


def item(
    key: str,
    *,
    e_tag: str = "<ETag>&quot;abc&quot;</ETag>",
    storage: str = "<StorageClass>STANDARD</StorageClass>",
) -> str:
    return (
        f"<Key>{key}</Key><LastModified>2024-05-06T07:08:09.123Z</LastModified>{e_tag}<Size>7</Size>"
        f"{storage}<Owner><ID>x</ID><DisplayName>y</DisplayName></Owner>"
    )


def test_a_page() -> None:
    body = page(
        item("a//b"),
        item("a/marker/"),
        item("a/x+y%2B%26%0A%C3%A9"),
        item("z", e_tag=""),
        more="<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
        "<NextContinuationToken>1/+=</NextContinuationToken>",
    )
    found = parse_page(body)
    assert found.next_token == "1/+="
    rows = object_rows(to_batch("b", [found]))
    assert [row.path for row in rows] == ["s3://b/a//b", "s3://b/a/marker/", "s3://b/a/x y+&\né", "s3://b/z"]
    assert [row.e_tag for row in rows] == ["abc", "abc", "abc", None]
    assert {(row.size, row.last_modified_ms) for row in rows} == {(7, 1_714_979_289_123)}


def test_a_store_that_does_not_encode() -> None:
    found = parse_page(page(item("a+b%20")).replace(b' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', b""))
    assert found.keys == ["a+b%20"]
    assert found.next_token is None


@pytest.mark.parametrize("more", ["<IsTruncated>false</IsTruncated>", "<CommonPrefixes></CommonPrefixes>"])
def test_storage_classes_are_there_for_who_asks(more: str) -> None:
    glacier = "<StorageClass>GLACIER</StorageClass>"
    contents = [item("a", storage=glacier), item("b"), item("c", storage="")]
    body = page(*contents, more=more.replace("></C", "><Prefix>p/</Prefix></C"))
    plain = to_batch("b", [parse_page(body)])
    assert plain.schema == LISTING_SCHEMA
    classed = to_batch("b", [parse_page(body, storage_classes=True)])
    assert classed.schema == CLASSED_LISTING_SCHEMA
    assert classed.column("storage_class").to_pylist() == ["GLACIER", "STANDARD", "STANDARD"]
    assert object_rows(classed) == object_rows(plain)


@pytest.mark.parametrize(
    "body",
    [
        b"<Error><Code>SlowDown</Code></Error>",
        page("<Key>a</Key>"),
        page(more="<IsTruncated>true</IsTruncated>"),
    ],
)
def test_anything_else_is_no_empty_listing(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"instead of|without"):
        parse_page(body)


def test_expected_e_tags() -> None:
    empty = UploadPart(1, "d41d8cd98f00b204e9800998ecf8427e")
    file = StagedFile(path="s3://b/x", size=0, rows=0, parts=(empty,))
    assert expected_e_tag(file) == empty.e_tag
    uploaded = StagedFile(path="s3://b/x", size=0, rows=0, parts=(empty,), upload_id="u")
    assert expected_e_tag(uploaded) == "59adb24ef3cdbe0297f05b395827453f-1"
    encrypted = StagedFile(path="s3://b/x", size=0, rows=0, parts=(UploadPart(1, "no md5"),), upload_id="u")
    assert expected_e_tag(encrypted) == ""


def test_run_token() -> None:
    assert run_token("jr_0123456789abcdef") == "0123456789ab"
