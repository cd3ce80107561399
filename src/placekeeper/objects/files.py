"""Files that a job names, in any store: its script, modules, jars and other files.

Data is read only from S3 and disks, because the ledger needs their listings. To fetch a file takes one GET,
which obstore can do in more stores. Each store finds its credentials where its own tools do.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, BinaryIO

import obstore
from msgspec import Struct
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, HTTPStore

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.objects.patience import PATIENCE, Patience
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.jobs.locations import AZURE, FILE, GOOGLE, HTTP, S3, SCHEMES, shown, store_of

_CHUNK_BYTES = 1024 * 1024
_LONGEST = "1h"  # obstore ends whole requests after 30 s by default; a large file takes longer
_ADVICE = {
    GOOGLE: (
        "Give Google's credentials: GOOGLE_APPLICATION_CREDENTIALS (a key file), gcloud auth "
        "application-default login, or the machine's role. A public bucket needs GOOGLE_SKIP_SIGNATURE=true."
    ),
    AZURE: (
        "Give Azure's credentials: AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or "
        "AZURE_STORAGE_SAS_TOKEN; or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; or the "
        "machine's role. A public container needs AZURE_SKIP_SIGNATURE=true."
    ),
    HTTP: "Give an address that can be read without logging in, such as a signed one.",
}
_WRITTEN = {
    GOOGLE: "gs://bucket/folder/file",
    AZURE: "az://container/folder/file or abfss://container@account.dfs.core.windows.net/folder/file",
    HTTP: "https://host/folder/file",
}


class StoredFiles(Struct, frozen=True):
    """Implements ports.objects.Files; `objects` gives access to S3 and disks."""

    objects: ObjectStores
    patience: Patience = PATIENCE

    def copy(self, location: str, target: BinaryIO) -> str:
        """See ports.objects.Files."""
        store = store_of(location)
        if store is None:
            raise UnsupportedFeature(
                f"{location} has an unknown scheme. Files can be fetched from local paths and from "
                f"{', '.join(SCHEMES)}."
            )
        if store in (FILE, S3):
            return self._copy_object(location, target)
        for chunk in self._chunks(store, location):
            target.write(chunk)
        return shown(location)

    def _copy_object(self, location: str, target: BinaryIO) -> str:
        uri = self.objects.normalise(location)
        found = self.objects.stat(uri)
        if found is None:
            raise FileNotFoundError(f"{location} does not exist, or is a folder")
        with self.objects.open(found) as source:
            shutil.copyfileobj(source, target)
        return uri

    def _chunks(self, store: str, location: str) -> Iterator[memoryview]:
        try:
            opened, key = self._opened(store, location)
            for chunk in obstore.get(opened, key).stream(min_chunk_size=_CHUNK_BYTES):
                yield memoryview(chunk)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{shown(location)} does not exist") from error
        except (BaseError, ValueError) as error:  # ValueError: not a valid address
            raise OSError(_told(store, location, error)) from error

    def _opened(self, store: str, location: str) -> tuple[Any, str]:
        """The store, and the key in it. A web address is a store of one file, and keeps its query."""
        settings: Any = {
            "client_options": {
                "allow_http": True,
                "connect_timeout": timedelta(seconds=self.patience.connecting),
                "read_timeout": timedelta(seconds=self.patience.answering),
                "timeout": _LONGEST,
            },
            "retry_config": {
                "max_retries": self.patience.attempts - 1,
                "retry_timeout": timedelta(seconds=self.patience.seconds),
            },
        }
        if store == HTTP:
            return HTTPStore.from_url(location, **settings), ""
        scheme, _, rest = location.partition("://")
        bucket, _, key = rest.partition("/")
        if store == GOOGLE:
            return GCSStore(bucket, **settings), key
        return AzureStore.from_url(f"{scheme.lower()}://{bucket}", **settings), key


def _told(store: str, location: str, error: Exception) -> str:
    """The message on a failed request: the store's error, without debug output, and what to do."""
    said = shown(" ".join(str(error).split("\n\nDebug source")[0].split()))
    is_access = isinstance(error, PermissionDeniedError | UnauthenticatedError) or any(
        word in said for word in ("token request", "Account must be specified")
    )
    if is_access:
        advice = _ADVICE[store]
    elif isinstance(error, ValueError) or "URL" in said:
        advice = f"Check the spelling; it should look like {_WRITTEN[store]}."
    else:
        advice = "Check that it can be reached from here, and run again."
    return f"{shown(location)} could not be read: {said}. {advice}"
