"""Every store that a job's files come from, through the same contract."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from msgspec import structs

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.objects.files import StoredFiles
from placekeeper.objects.patience import Patience
from placekeeper.objects.stores import ObjectStores
from s3 import S3Server
from web import Web, azure_at, google_at, running_web

HASTY = Patience(attempts=3, seconds=5, first_wait=0.01, connecting=1, answering=1)
STORES = ("path", "file", "s3", "http", "gs", "az", "abfss")
NAME = "lib/some words %20.py"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with running_web(tmp_path / "web") as server:
        yield server


@pytest.fixture
def files(tmp_path: Path, s3: S3Server) -> StoredFiles:
    return StoredFiles(replace(ObjectStores.of(s3.environ), base=str(tmp_path)), HASTY)


@pytest.fixture
def google(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in google_at(web, tmp_path / "google.json").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def azure(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in azure_at(web).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=STORES)
def put(
    request: pytest.FixtureRequest, web: Web, s3: S3Server, tmp_path: Path
) -> Callable[[str, bytes], str]:
    """Write a file of a name to the store; its location as a job names it."""
    store = request.param
    bucket = s3.new_bucket() if store == "s3" else "bucket"
    for fixture in {"gs": ["google"], "az": ["azure"], "abfss": ["azure"]}.get(store, []):
        request.getfixturevalue(fixture)

    def putting(name: str, data: bytes) -> str:
        if store == "s3":
            s3.client().put_object(Bucket=bucket, Key=name, Body=data)
        elif store in ("path", "file"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            return name if store == "path" else f"file://{path}"
        else:
            web.put(f"bucket/{name}", data)
        if store == "http":
            return f"{web.url}/bucket/{name.replace('%', '%25').replace(' ', '%20')}"
        return (
            "abfss://bucket@account.dfs.core.windows.net/" + name
            if store == "abfss"
            else f"{store}://{bucket}/{name}"
        )

    return putting


def copied(files: StoredFiles, location: str) -> bytes:
    target = io.BytesIO()
    files.copy(location, target)
    return target.getvalue()


def test_a_file_is_copied_whole(files: StoredFiles, put: Callable[[str, bytes], str]) -> None:
    data = bytes(range(256)) * 16_384

    assert copied(files, put(NAME, data)) == data
    assert copied(files, put("empty", b"")) == b""


def test_a_missing_file_is_missing(files: StoredFiles, put: Callable[[str, bytes], str]) -> None:
    location = put("there", b"x")

    with pytest.raises(FileNotFoundError, match=r"absent.*does not exist"):
        copied(files, location.removesuffix("there") + "absent")


def test_web_addresses_keep_their_query_and_go_where_they_are_sent(files: StoredFiles, web: Web) -> None:
    web.put("a.py", b"moved")

    assert copied(files, f"{web.url}/moved/a.py?X-Amz-Signature=a%2Fb") == b"moved"
    assert web.asked == ["/moved/a.py?X-Amz-Signature=a%2Fb", "/a.py?X-Amz-Signature=a%2Fb"]


def test_a_busy_store_is_asked_again(files: StoredFiles, web: Web) -> None:
    location = web.put("a.py", b"at last")
    web.refusing[:] = [HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS]

    assert copied(files, location) == b"at last"


@pytest.mark.usefixtures("google", "azure")
@pytest.mark.parametrize(
    ("location", "advice"),
    [
        ("gs://bucket/a.py", "GOOGLE_APPLICATION_CREDENTIALS"),
        ("az://bucket/a.py", "AZURE_STORAGE_ACCOUNT_KEY"),
        ("{web}/a.py?sig=hunter2", "without logging in"),
    ],
)
@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED])
def test_who_is_refused_hears_which_credentials_are_used(
    files: StoredFiles, web: Web, location: str, advice: str, status: HTTPStatus
) -> None:
    web.refusing[:] = [status] * 3

    with pytest.raises(OSError, match=advice) as raised:
        copied(files, location.format(web=web.url))

    assert status.phrase in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert "Debug source" not in str(raised.value)


def test_azure_without_an_account_says_what_to_set(
    files: StoredFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_USE_EMULATOR"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(OSError, match="AZURE_STORAGE_ACCOUNT_NAME"):
        copied(files, "az://bucket/a.py")


def test_a_store_that_cannot_be_reached_says_so(files: StoredFiles) -> None:
    impatient = structs.replace(files, patience=structs.replace(HASTY, attempts=1))

    with pytest.raises(OSError, match="Check that it can be reached"):
        copied(impatient, "http://127.0.0.1:1/a.py?sig=hunter2")


@pytest.mark.parametrize("location", ["ftp://host/a.py", "hdfs://name/a.py", "dbfs:///a.py"])
def test_an_unknown_store_is_refused_with_those_that_are_known(files: StoredFiles, location: str) -> None:
    with pytest.raises(UnsupportedFeature, match=r"gs://.*https://"):
        copied(files, location)


@pytest.mark.parametrize("location", ["http://", "https:///a.py", "gs://", "az://", "abfss://@/a", "gs://b/"])
def test_a_broken_location_is_an_error(files: StoredFiles, location: str, web: Web) -> None:
    with pytest.raises(OSError, match=location.rstrip("/").replace("?", "")):
        copied(structs.replace(files, patience=structs.replace(HASTY, attempts=1, seconds=1)), location)
