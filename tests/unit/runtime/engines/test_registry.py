"""An engine that cannot be imported: what is not there is told apart from what does not fit this machine."""

from pathlib import Path

import pytest

from placekeeper.model.errors import LaunchFailed, MissingExtra
from placekeeper.runtime.engines import registry
from placekeeper.runtime.engines.registry import Row, load, preload
from placekeeper.runtime.process.installing import line_of

GLIBC = "/lib/libc.so.6: version `GLIBC_2.99' not found (required by pysail.so)"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of an engine whose module is the text that the test gives."""
    module = f"engine_{abs(hash(request.param))}"
    (tmp_path / f"{module}.py").write_text(request.param)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "ENGINES", {"sail": Row(module, "sail", frozenset({"absent_engine"}))})
    return "sail"


@pytest.mark.parametrize("engine", ["import absent_engine.spark"], indirect=True)
def test_an_engine_that_is_not_there(engine: str) -> None:
    with pytest.raises(MissingExtra, match="--engine sail needs the extra 'sail'"):
        load(engine)


@pytest.mark.parametrize(
    ("engine", "said"),
    [(f"raise ImportError({GLIBC!r})", GLIBC), ("import absent_part", "No module named 'absent_part'")],
    indirect=["engine"],
)
def test_an_engine_that_does_not_fit_this_machine(engine: str, said: str) -> None:
    with pytest.raises(LaunchFailed) as caught:
        load(engine)
    line = line_of(caught.value)
    assert line.startswith(f"--engine sail is installed and cannot be loaded: {said}. ")
    assert "[sail]" in line


@pytest.mark.parametrize("engine", [f"raise ImportError({GLIBC!r})"], indirect=True)
def test_nobody_is_told_before_the_engine_is_chosen(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "installed", lambda: registry.Installed(sail=True, spark=False))
    preload()
