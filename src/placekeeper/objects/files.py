"""Files that a job names, wherever they are: its script, modules, jars, what lies beside them.

Data is read from S3 and disks, whose listings the ledger is held against. A file that is only fetched takes
one GET, and obstore has that for more stores. Each finds its credentials where its own tools do.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, HTTPStore

from placekeeper.model.errors import UnsupportedFeature
from placekeeper.objects.patience import PATIENCE, Patience
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.jobs.locations import AZURE, FILE, GOOGLE, HTTP, S3, SCHEMES, shown, store_of

_CHUNK_BYTES = 1024 * 1024
_LONGEST = "1h"  # obstore ends whole requests after 30 s; a large file is no mistake while bytes come
_ADVICE = {
    GOOGLE: (
        "Google's credentials are looked for in GOOGLE_APPLICATION_CREDENTIALS (a key file), in gcloud's "
        "application-default login and in the machine; a public bucket needs GOOGLE_SKIP_SIGNATURE=true."
    ),
    AZURE: (
        "Azure's credentials are looked for in AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or "
        "AZURE_STORAGE_SAS_TOKEN, in AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, and in the "
        "machine; a public container needs AZURE_SKIP_SIGNATURE=true."
    ),
    HTTP: "Give an address that can be read without logging in, such as a signed one.",
}
_WRITTEN = {
    GOOGLE: "gs://bucket/folder/file",
    AZURE: "az://container/folder/file or abfss://container@account.dfs.core.windows.net/folder/file",
    HTTP: "https://host/folder/file",
}


@dataclass(frozen=True)
class StoredFiles:
    """Implements ports.objects.Files; S3 and disks as `objects` has them."""

    objects: ObjectStores
    patience: Patience = PATIENCE

    def copy(self, location: str, target: BinaryIO) -> str:
        """See ports.objects.Files."""
        store = store_of(location)
        if store is None:
            raise UnsupportedFeature(
                f"{location} is in a store that is not known here. Files are fetched from paths and from "
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
        except (BaseError, ValueError) as error:  # ValueError: an address that is none
            raise OSError(_told(store, location, error)) from error

    def _opened(self, store: str, location: str) -> tuple[Any, str]:
        """The store and the key in it. A web address is a store of one file, which keeps its query."""
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
    """What a store said, without what its library adds for those who debug it, and what to do."""
    said = shown(" ".join(str(error).split("\n\nDebug source")[0].split()))
    is_access = isinstance(error, PermissionDeniedError | UnauthenticatedError) or any(
        word in said for word in ("token request", "Account must be specified")
    )
    if is_access:
        advice = _ADVICE[store]
    elif isinstance(error, ValueError) or "URL" in said:
        advice = f"Check how it is written, as in {_WRITTEN[store]}."
    else:
        advice = "See whether it can be reached from here, and run again."
    return f"{shown(location)} could not be read: {said}. {advice}"
