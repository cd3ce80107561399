"""A job's files from Azure's own emulator, put there by Azure's own client. It needs Node and npm."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ports import free_ports
from workspace import LocalPlace, Workspace

pytestmark = pytest.mark.clients

CLIENTS = Path(__file__).resolve().parents[2] / ".venv-clients"
AZURITE = CLIENTS / "js" / "node_modules" / ".bin" / "azurite-blob"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # published
PUT = """\
import sys
from azure.storage.blob import BlobServiceClient
account, key, url, container, *names = sys.argv[1:]
service = BlobServiceClient(url, {"account_name": account, "account_key": key})
service.create_container(container)
for name, text in zip(names[::2], names[1::2]):
    service.get_blob_client(container, name).upload_blob(text.encode())
"""


@contextmanager
def running_azurite(folder: Path) -> Iterator[str]:
    """The address of the account of a new emulator."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [AZURITE, "--blobPort", str(port), "--location", folder, "--silent", "--disableTelemetry",
         "--skipApiVersionCheck"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "Azurite did not start"
                assert time.monotonic() < deadline, "Azurite does not answer"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
    finally:
        process.terminate()
        process.wait(30)


def test_scripts_and_files_come_from_azure(tmp_path: Path) -> None:
    if not AZURITE.exists():
        pytest.skip("Azurite is not installed: make clients, where there are Node and npm")
    local = Workspace(tmp_path, LocalPlace(tmp_path), {})
    with running_azurite(tmp_path / "azurite") as url:
        blobs = {
            "jobs/the job.py": "import greeting\nprint(greeting.WORD, open('x.txt').read())",
            "greeting.py": "WORD = 'hello'",
            "x.txt": "beside",
        }
        put = [CLIENTS / "bin" / "python", "-c", PUT, ACCOUNT, KEY, url, "files"]
        subprocess.run([*put, *(part for blob in blobs.items() for part in blob)], check=True)
        keys = {"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT, "AZURE_STORAGE_ENDPOINT": url}
        arguments = (
            "run", "--type", "pythonshell", "az://files/jobs/the job.py",
            "--extra-py-files", f"abfss://files@{ACCOUNT}.dfs.core.windows.net/greeting.py",
            "--extra-files", "az://files/x.txt",
        )  # fmt: skip

        ended = local.command(*arguments, **keys, AZURE_STORAGE_ACCOUNT_KEY=KEY)
        refused = local.command(*arguments, **keys, AZURE_STORAGE_ACCOUNT_KEY="c2VjcmV0")

    assert (ended.code, ended.output) == (0, "hello beside\n"), ended.error
    assert refused.code == 1
    assert "the script az://files/jobs/the job.py cannot be read" in refused.error
    assert "AZURE_STORAGE_ACCOUNT_KEY" in refused.error
