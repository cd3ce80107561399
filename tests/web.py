"""A web server of files on the loopback: HTTP, and what Google's and Azure's stores answer to a plain GET."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Web:
    """The server's address and folder. `refusing` is what it answers first, each once."""

    url: str
    folder: Path
    refusing: list[HTTPStatus] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def put(self, name: str, data: bytes) -> str:
        """Write a file; its address."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return f"{self.url}/{name}"


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: object, web: Web, **options: object) -> None:
        self.web = web
        super().__init__(*args, directory=str(web.folder), **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.web.asked.append(self.path)
        if self.web.refusing:
            self.send_error(self.web.refusing.pop(0))
        elif self.path.startswith("/moved/"):
            self.send_response(HTTPStatus.FOUND)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("ETag", '"one"')
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def running_web(folder: Path) -> Iterator[Web]:
    """Serve a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    web = Web("", folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, web=web)) as server:
        web.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield web
        server.shutdown()
        thread.join()


def google_at(web: Web, key_file: Path) -> dict[str, str]:
    """The variables that make a web server Google's store: its folders are buckets."""
    nobody = {"client_email": "", "private_key": "", "private_key_id": ""}
    key_file.write_text(json.dumps({"gcs_base_url": web.url, "disable_oauth": True, **nobody}))
    return {"GOOGLE_SERVICE_ACCOUNT": str(key_file)}


def azure_at(web: Web) -> dict[str, str]:
    """The variables that make a web server an account of Azure: its folders are containers."""
    return {
        "AZURE_STORAGE_ACCOUNT_NAME": "account",
        "AZURE_STORAGE_ACCOUNT_KEY": "c2VjcmV0",
        "AZURE_STORAGE_ENDPOINT": web.url,
    }
