"""The secrets of a connection: told apart, and put together again."""

import copy
from typing import Any

import pytest

from placekeeper.rules.catalog.connection_secrets import (
    is_secret,
    schema_version,
    with_all_secrets,
    with_passwords,
    without_secrets,
)

SPEC: dict[str, Any] = {
    "Name": "shop",
    "ConnectionProperties": {"USERNAME": "us", "PASSWORD": "1", "ENCRYPTED_PASSWORD": "AQ=="},
    "SparkProperties": {"sfPassword": "2", "sfUser": "us"},
    "AuthenticationConfiguration": {
        "AuthenticationType": "OAUTH2",
        "BasicAuthenticationCredentials": {"Password": "3"},
        "OAuth2Properties": {"TokenUrl": "https://x", "OAuth2Credentials": {"AccessToken": "4"}},
    },
}


@pytest.mark.parametrize(
    ("property", "secret"),
    [
        ("PASSWORD", True),
        ("KAFKA_SASL_SCRAM_PASSWORD", True),
        ("dbPassword", True),
        ("ENCRYPTED_PASSWORD", False),
        ("SECRET_ID", False),
        ("USERNAME", False),
    ],
)
def test_what_is_a_password(property: str, secret: bool) -> None:
    assert is_secret(property) is secret


def test_secrets_are_told_apart_and_passwords_come_back() -> None:
    sent = copy.deepcopy(SPEC)
    clear, secrets = without_secrets(SPEC)
    assert sent == SPEC
    assert clear == {
        "Name": "shop",
        "ConnectionProperties": {"USERNAME": "us", "ENCRYPTED_PASSWORD": "AQ=="},
        "SparkProperties": {"sfUser": "us"},
        "AuthenticationConfiguration": {
            "AuthenticationType": "OAUTH2",
            "OAuth2Properties": {"TokenUrl": "https://x"},
        },
    }
    assert secrets == {
        "ConnectionProperties": {"PASSWORD": "1"},
        "SparkProperties": {"sfPassword": "2"},
        "AuthenticationConfiguration": {
            "BasicAuthenticationCredentials": {"Password": "3"},
            "OAuth2Properties": {"OAuth2Credentials": {"AccessToken": "4"}},
        },
    }
    shown = with_passwords(clear, secrets)
    assert {name: shown[name] for name in ("ConnectionProperties", "SparkProperties")} == {
        name: SPEC[name] for name in ("ConnectionProperties", "SparkProperties")
    }
    assert shown["AuthenticationConfiguration"] == clear["AuthenticationConfiguration"]
    assert with_all_secrets(clear, secrets) == {
        **shown,
        "AuthenticationConfiguration": {
            **clear["AuthenticationConfiguration"],
            "BasicAuthenticationCredentials": {"Password": "3"},
        },
    }


def test_a_connection_without_secrets() -> None:
    spec = {
        "Name": "n",
        "ConnectionProperties": {},
        "AuthenticationConfiguration": {"AuthenticationType": "IAM"},
    }
    assert without_secrets(spec) == (spec, {})
    assert with_passwords(spec, {}) == spec
    assert with_all_secrets(spec, {}) == spec


def test_the_version_of_the_schema() -> None:
    assert (schema_version(SPEC), schema_version({"ConnectionProperties": {}})) == (2, 1)
