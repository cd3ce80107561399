"""Errors of DynamoDB's client in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from placekeeper.model.errors import DatabaseFailed

_BUSY: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "Throttling",
        "InternalServerError",
        "LimitExceededException",
        "TransactionInProgressException",
    }
)
_DENIED: Final = frozenset(
    {
        "AccessDeniedException",
        "AccessDenied",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "MissingAuthenticationTokenException",
    }
)
_ENDPOINT: Final = (
    "Another server than AWS's is named by the environment variable AWS_ENDPOINT_URL_DYNAMODB, such as "
    "http://127.0.0.1:8000"
)


def code_of(error: ClientError) -> str:
    """The code of an error that DynamoDB has answered."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: BaseException | None) -> bool:
    """Whether DynamoDB has answered that one may not ask this; credentials that it does not know are not."""
    return isinstance(error, ClientError) and code_of(error) in ("AccessDeniedException", "AccessDenied")


@contextmanager
def in_plain_words(doing: str) -> Iterator[None]:
    """Raise DatabaseFailed for what the client raises; `doing` begins the sentence: "scanning t"."""
    try:
        yield
    except ClientError as error:
        raise _answered(doing, error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise DatabaseFailed(
            f"{doing}: there are no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            "AWS_PROFILE; a local DynamoDB takes any"
        ) from error
    except NoRegionError as error:
        raise DatabaseFailed(
            f"{doing}: no region is known. Set AWS_REGION, or say the option 'dynamodb.region'"
        ) from error
    except (EndpointConnectionError, HTTPClientError) as error:
        raise DatabaseFailed(
            f"{doing}: DynamoDB does not answer: {error}. {_ENDPOINT}", may_pass=True
        ) from error
    except BotoCoreError as error:
        raise DatabaseFailed(f"{doing}: {error}") from error


def _answered(doing: str, error: ClientError) -> DatabaseFailed:
    code = code_of(error)
    said = str(error.response.get("Error", {}).get("Message") or code)
    if code in _BUSY:
        return DatabaseFailed(
            f"{doing}: DynamoDB is still busy after all retries ({code}: {said}). Give the table more "
            "capacity, or read and write it with fewer tasks: dynamodb.splits, "
            "dynamodb.output.numParallelTasks",
            may_pass=True,
        )
    if code in _DENIED:
        return DatabaseFailed(
            f"{doing}: DynamoDB refuses these credentials ({code}: {said}). They need "
            "dynamodb:DescribeTable, and dynamodb:Scan to read or dynamodb:BatchWriteItem to write"
        )
    return DatabaseFailed(f"{doing}: DynamoDB refuses it ({code}: {said})")
