"""Bookmarks of jobs whose security configuration says CSE-KMS are encrypted wherever they are kept."""

import base64
import dataclasses
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from dev import running_dev
from placekeeper.server.app import create_app
from placekeeper.server.http.serve import Server
from placekeeper.server.protocol.model import ServiceModel
from placekeeper.settings import Settings
from placekeeper.wiring.state import open_state
from workspace import Workspace

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
ENCRYPTION = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY}}


@pytest.fixture
def keys(local: Workspace) -> dict[str, str]:
    """The environment that names a file with the key."""
    file = local.folder / "keys.json"
    file.write_text(json.dumps({KEY: base64.b64encode(b"k" * 32).decode()}))
    file.chmod(0o600)
    return {"PLACEKEEPER_ENCRYPTION_KEYS": str(file)}


@pytest.fixture
def encrypted_job(local: Workspace, keys: dict[str, str]) -> None:
    """The job `copy`, defined so that its bookmark is encrypted."""
    state = open_state(Settings.of({}, state=str(local.state)), keys)
    with Server(create_app(state.control, ServiceModel.of_botocore())) as server:
        glue: Any = boto3.client(
            "glue",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )
        glue.create_security_configuration(Name="sealed", EncryptionConfiguration=ENCRYPTION)
        glue.create_job(
            Name="copy",
            Role="any",
            Command={"Name": "glueetl", "ScriptLocation": str(local.script())},
            SecurityConfiguration="sealed",
        )
        glue.close()
    state.close()


def _places_that_say(local: Workspace, text: bytes) -> set[str]:
    return {
        path.relative_to(local.state).parts[0]
        for path in local.state.rglob("*")
        if path.is_file() and text in path.read_bytes()
    }


@pytest.mark.usefixtures("encrypted_job")
def test_runs_go_on_from_a_bookmark_that_nobody_else_can_read(local: Workspace, keys: dict[str, str]) -> None:
    local.put_rows("very-secret-1.csv", 1)
    assert local.counts(local.run(**keys)) == {"new": 1}
    local.put_rows("very-secret-2.csv", 2)
    assert local.counts(local.run(**keys)) == {"new": 1, "done": 1}

    assert local.ids() == [1, 2]
    assert _places_that_say(local, b"very-secret") == set()
    shown = local.command("bookmark", "show", "copy", "--json", **keys)
    assert "INCLUDE_LIST" in shown.output
    planned = local.command("plan", "copy", "--json", **keys)
    assert planned.code == 0, planned.error


@pytest.mark.usefixtures("encrypted_job")
def test_without_the_key_nothing_is_stored_or_shown(local: Workspace, keys: dict[str, str]) -> None:
    local.put_rows("1.csv", 1)
    refused = local.run()
    assert refused.code == 1
    assert "PLACEKEEPER_ENCRYPTION_KEYS" in refused.error
    assert local.ids() == []

    assert local.counts(local.run(**keys)) == {"new": 1}
    shown = local.command("bookmark", "show", "copy")
    assert shown.code != 0
    assert KEY in shown.error


def test_the_password_of_a_connection_is_on_no_disk_and_in_no_log(
    local: Workspace, keys: dict[str, str]
) -> None:
    password = "pa55-of-the-shop"
    spec: dict[str, Any] = {
        "Name": "shop",
        "ConnectionType": "JDBC",
        "ConnectionProperties": {"PASSWORD": password},
    }
    too_long = {**spec, "ConnectionProperties": {"PASSWORD": password * 100}}
    with_keys = dataclasses.replace(local, environ={**local.environ, **keys})
    with running_dev(with_keys, "--log-format", "json") as dev:
        dev.glue.create_connection(ConnectionInput=spec)
        tested = {name: spec[name] for name in ("ConnectionType", "ConnectionProperties")}
        for refused in (
            lambda: dev.glue.create_connection(ConnectionInput=spec),
            lambda: dev.glue.create_connection(ConnectionInput=too_long),
            lambda: dev.glue.test_connection(TestConnectionInput=tested),
        ):
            with pytest.raises(ClientError) as error:
                refused()
            assert password not in str(error.value)
        shown = dev.glue.get_connection(Name="shop")["Connection"]
        assert shown["ConnectionProperties"]["PASSWORD"] == password
    assert _places_that_say(local, password.encode()) == set()
    said = (local.folder / "dev.log").read_text()
    assert ("CreateConnection" in said, password in said) == (True, False)


def test_what_was_stored_before_stays_readable(local: Workspace, keys: dict[str, str]) -> None:
    local.put_rows("1.csv", 1)
    assert local.counts(local.run()) == {"new": 1}
    assert "segments" in _places_that_say(local, b"1.csv")
    local.put_rows("2.csv", 2)
    assert local.counts(local.run(**keys)) == {"new": 1, "done": 1}
