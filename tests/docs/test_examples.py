"""What README and the guides tell a reader to type is typed here, and has to answer what they show.

A page marks its blocks like this:

- ``<!-- file: NAME -->`` before a block: the block is the content of this file.
- a ``console`` block: lines with ``$ `` are typed, the lines below each are what it says.
- every other block (``sh``, ``toml``, …) is not run, because it needs a network or another machine.

With ``PLACEKEEPER_UPDATE_PAGES=1`` the pages get what was said instead. Read the difference afterwards.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ports import free_ports

PROJECT = Path(__file__).resolve().parents[2]
README = PROJECT / "README.md"
DOCS = PROJECT / "docs"
SHOP = "/home/ann/shop"
"""The folder that the pages pretend to be in."""
PORT = "4580"
UPDATE = "PLACEKEEPER_UPDATE_PAGES" in os.environ
BLOCK = re.compile(r"(?:<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
ID = re.compile(r"jr_[0-9a-f]{4,64}|(?<=run-)[0-9a-f]{12}")
VARIES = (
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"\b\d+(\.\d+)? s\b", "N s"),
    (r"\(\d[\d.]* (bytes?|kB|MB) in", "(SIZE in"),
    (r"\b\d+\.\d+ *$", "SECONDS"),
    (r"[0-9a-f]{32}", "HASH"),
    (r"-[0-9a-f]{8}\.c000", "-RANDOM.c000"),
    (r" +", " "),
)


@dataclass
class Shell:
    """A reader at a terminal, in an empty folder of their own."""

    folder: Path
    port: int
    ids: dict[str, str] = field(default_factory=dict)
    """The run ids that the pages show, and those that this reader got."""
    servers: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PLACEKEEPER_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "TZ": "UTC", "COLUMNS": "80"}

    def follow(self, page: Path) -> None:
        """Do what a page says, from its beginning to its end."""
        text = page.read_text()
        for block in BLOCK.finditer(text):
            if block["file"]:
                (self.folder / block["file"]).write_text(self._mine(block["text"]))
            elif block["kind"] == "console":
                came = "".join(self.repeat(typed, shown, page) for typed, shown in dialogue(block["text"]))
                text = text.replace(block["text"], came)
        if UPDATE:
            page.write_text(text)

    def repeat(self, typed: str, shown: str, page: Path) -> str:
        """Type a line, and hold what it says against what the page shows; the lines for the page."""
        said = self.type(typed)
        if normal(said) == normal(shown):
            self._learn_ids(shown, said)
            return f"$ {typed}\n{shown}"
        assert UPDATE, f"{page.name}: $ {typed}\n{said}"
        self._learn_ids(shown, said)
        for theirs, mine in self.ids.items():
            said = said.replace(mine, theirs)
        return f"$ {typed}\n{said}"

    def type(self, line: str) -> str:
        """Everything that a command line says, on both streams; a server goes on in the background."""
        line = self._mine(line)
        if line.startswith("placekeeper dev"):
            return self._serve(line)
        ended = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return self._theirs(ended.stdout)

    def _serve(self, line: str) -> str:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {line} --port {self.port}"],
            cwd=self.folder,
            env=self.environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.servers.append(server)
        assert server.stderr is not None
        return self._theirs(server.stderr.readline() + server.stderr.readline())

    def leave(self) -> None:
        """End the servers."""
        for server in self.servers:
            server.terminate()
            server.communicate(timeout=30)

    def _learn_ids(self, shown: str, said: str) -> None:
        self.ids.update(zip(_short(shown), _short(said), strict=not UPDATE))

    def _mine(self, text: str) -> str:
        for theirs, mine in self.ids.items():
            text = text.replace(theirs, mine)
        return text.replace(SHOP, str(self.folder)).replace(PORT, str(self.port))

    def _theirs(self, text: str) -> str:
        return text.replace(str(self.folder), SHOP).replace(str(self.port), PORT)


def dialogue(block: str) -> Iterator[tuple[str, str]]:
    """The command lines of a console block, each with what it says."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        typed, _, shown = part.partition("\n")
        yield typed, shown


def normal(text: str) -> list[str]:
    """The lines of an output without what differs from run to run."""
    text = ID.sub("ID", text)
    for pattern, instead in VARIES:
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return [line.strip() for line in text.strip().splitlines()]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    reader = Shell(tmp_path, free_ports(1)[0])
    yield reader
    reader.leave()


@pytest.mark.slow
@pytest.mark.sail
def test_readme_does_what_it_shows(shell: Shell) -> None:
    shell.follow(README)

    (block,) = [block["text"] for block in BLOCK.finditer(README.read_text()) if "boto3" in block["text"]]
    shell.type("placekeeper dev")
    (shell.folder / "client.py").write_text(shell._mine(block) + "\nprint(run['JobRunId'])")
    said = shell.type("AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any python client.py")
    state, version, run_id = said.split()
    assert (state in ("STARTING", "RUNNING"), version) == (True, "4"), said
    assert _end_of(shell, run_id) == "SUCCEEDED"


@pytest.mark.soak
@pytest.mark.sail
def test_the_guides_do_what_they_show_one_after_the_other(shell: Shell) -> None:
    for page in ("quickstart.md", "how-to/read-again.md", "how-to/come-from-aws.md"):
        shell.follow(DOCS / page)


@pytest.mark.soak
@pytest.mark.sail
@pytest.mark.parametrize("page", ["catalog.md", "databases.md"])
def test_a_guide_does_what_it_shows(shell: Shell, page: str) -> None:
    shell.follow(DOCS / "how-to" / page)


def _short(text: str) -> list[str]:
    """The twelve digits by which output names each run."""
    return [found.removeprefix("jr_")[:12] for found in ID.findall(text)]


def _end_of(shell: Shell, run_id: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        said = shell.type(f"placekeeper runs logs --follow {run_id}")
        if found := re.search(r"SUCCEEDED|FAILED", said):
            return found[0]
    return said
