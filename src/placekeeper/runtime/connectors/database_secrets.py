"""Secrets by their names: from a file of secrets, else from Secrets Manager.

Source: docs/reference/databases.md#secrets.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from placekeeper.model.errors import UsageError
from placekeeper.rules.databases.connection_properties import SecretFacts, secret_facts

SECRETS_FILE: Final = "PLACEKEEPER_SECRETS_FILE"
"""The variable that names the file of secrets."""

_EXAMPLE: Final = '{"shop/orders": {"username": "shop", "password": "…"}}'
_ARN: Final = ":secret:"
_RANDOM_CHARACTERS: Final = 6


def secret_of(name: str, environ: Mapping[str, str] = os.environ) -> SecretFacts:
    """What a secret says. With a file of secrets, only that is asked, else AWS Secrets Manager.

    Raises UsageError for a secret that is not there, or that says no user and password.
    """
    file = environ.get(SECRETS_FILE, "")
    if file:
        return secret_facts(_in_file(Path(file), name), name)
    return secret_facts(_in_manager(name), name)


def _in_file(file: Path, name: str) -> str:
    try:
        secrets = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UsageError(
            f"the secret {name} is looked for in {file}, which {SECRETS_FILE} names, and it cannot be read: "
            f"{error.strerror}"
        ) from error
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        raise UsageError(
            f"{file}, which {SECRETS_FILE} names, is no JSON object, such as {_EXAMPLE}"
        ) from None
    for spelling in (name, _name_in(name)):
        if spelling in secrets:
            found = secrets[spelling]
            return found if isinstance(found, str) else msgspec.json.encode(found).decode()
    raise UsageError(
        f"the secret {name} is not in {file}, which {SECRETS_FILE} names: add it, such as {_EXAMPLE}"
    )


def _name_in(arn: str) -> str:
    """The name of a secret in its ARN, whose last seven characters are a hyphen and six of chance."""
    name = arn.partition(_ARN)[2] or arn
    before, hyphen, random = name.rpartition("-")
    return before if _ARN in arn and hyphen and len(random) == _RANDOM_CHARACTERS else name


def _in_manager(name: str) -> str:
    import boto3  # noqa: PLC0415 - it takes 0.3 s, and only secrets need it
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    remedy = f"or put it in a file that {SECRETS_FILE} names: {_EXAMPLE}"
    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise UsageError(
            f"Secrets Manager does not give the secret {name} ({code}): check its name and the rights of "
            f"the run's AWS credentials, {remedy}"
        ) from error
    except BotoCoreError as error:
        raise UsageError(
            f"Secrets Manager was not asked for the secret {name} ({error}): set AWS_DEFAULT_REGION and "
            f"credentials in the environment of the run, {remedy}"
        ) from error
    if "SecretString" not in answer:
        raise UsageError(f"the secret {name} is bytes and no text: make it a JSON object, {remedy}")
    return str(answer["SecretString"])
