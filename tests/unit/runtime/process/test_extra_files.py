"""Files that a job asks for, in the folder of its run."""

import zipfile
from pathlib import Path

import pytest

from placekeeper.model.errors import ExtraUnavailable
from placekeeper.objects.files import StoredFiles
from placekeeper.objects.stores import ObjectStores
from placekeeper.rules.jobs.extras import Extras
from placekeeper.runtime.process.extra_files import ExtraFiles, fetch_extras, fetch_jars


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "lib"
    (folder / "other").mkdir(parents=True)
    for name in ("a.py", "other/a.py", "b.zip", "c.egg", "data.json", "other/data.json"):
        (folder / name).write_text(name)
    with zipfile.ZipFile(folder / "d-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("d.py", "")
    return folder


def fetch(tmp_path: Path, **extras: tuple[str, ...]) -> ExtraFiles:
    files = StoredFiles(ObjectStores(base=str(tmp_path / "lib")))
    return fetch_extras(Extras(**extras), files, tmp_path / "run")


def test_each_importable_file_has_a_folder_of_its_own(source: Path, tmp_path: Path) -> None:
    named = ("a.py", f"{source}/other/a.py", "b.zip", "c.egg", "d-1-py3-none-any.whl")

    fetched = fetch(tmp_path, py_files=named)

    py = tmp_path / "run" / "py"
    assert fetched.python_path == (
        *(f"{py}/0", f"{py}/1", f"{py}/2/b.zip", f"{py}/3/c.egg", f"{py}/4/unpacked"),
    )
    assert [Path(entry, "a.py").read_text() for entry in fetched.python_path[:2]] == ["a.py", "other/a.py"]
    assert (py / "4" / "unpacked" / "d.py").is_file()
    assert fetched.py_files[-1].name == "d-1-py3-none-any.zip"
    assert all(path.is_file() for path in fetched.py_files)
    assert fetched.working_folder is None


def test_files_are_in_the_working_folder_under_their_names(source: Path, tmp_path: Path) -> None:
    fetched = fetch(tmp_path, files=("data.json", "data.json", "a.py"))

    assert fetched.working_folder == tmp_path / "run" / "work"
    assert {path.name: path.read_text() for path in fetched.files} == {
        "data.json": "data.json",
        "a.py": "a.py",
    }
    assert {path.parent for path in fetched.files} == {fetched.working_folder}


def test_requirements_are_left_to_the_installer_unless_they_are_stored(source: Path, tmp_path: Path) -> None:
    fetched = fetch(tmp_path, modules=("x==1", "b.zip"))

    assert fetched.requirements == ("x==1", str(tmp_path / "run" / "packages" / "1" / "b.zip"))


def test_a_zip_of_wheels_is_all_its_wheels(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(source / "all.gluewheels.zip", "w") as archive:
        for name in ("wheels/b-1.whl", "wheels/a-1.whl", "README"):
            archive.writestr(name, "")

    fetched = fetch(tmp_path, modules=("all.gluewheels.zip",))

    assert [Path(named).name for named in fetched.requirements] == ["a-1.whl", "b-1.whl"]


@pytest.mark.parametrize(
    ("extras", "reason"),
    [
        ({"files": ("absent",)}, "--extra-files names absent, and there is no such file"),
        ({"files": ("other/",)}, "--extra-files names other/, "),
        ({"files": ("data.json", "other/data.json")}, "--extra-files names two files called data.json"),
        (
            {"files": ("ftp://x/y.json",)},
            "--extra-files names ftp://x/y.json, which cannot be fetched: .*unknown scheme",
        ),
        ({"py_files": ("e.whl",)}, "--extra-py-files: e.whl cannot be unpacked"),
    ],
)
def test_what_cannot_be_had_is_said(source: Path, tmp_path: Path, extras, reason: str) -> None:
    (source / "e.whl").write_text("no zip")

    with pytest.raises(ExtraUnavailable, match=reason):
        fetch(tmp_path, **extras)


def test_jars_are_fetched_apart(source: Path, tmp_path: Path) -> None:
    (source / "driver.jar").write_text("classes")
    extras = Extras(jars=("driver.jar", "absent.jar"))
    files = StoredFiles(ObjectStores(base=str(source)))

    assert fetch_extras(extras, files, tmp_path / "run") == ExtraFiles()  # Sail needs none of them
    with pytest.raises(ExtraUnavailable, match=r"--extra-jars names absent\.jar, and there is no such file"):
        fetch_jars(extras, files, tmp_path / "run")
    (source / "absent.jar").write_text("more classes")
    assert [jar.read_text() for jar in fetch_jars(extras, files, tmp_path / "run")] == [
        "classes",
        "more classes",
    ]


def test_a_full_disk_names_where_the_file_was_to_go(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "run" / "work" / "data.json"
    target.parent.mkdir(parents=True)
    target.symlink_to("/dev/full")
    with pytest.raises(ExtraUnavailable, match=rf"cannot be fetched: .*No space left on device: '{target}'"):
        fetch(tmp_path, files=("data.json",))
