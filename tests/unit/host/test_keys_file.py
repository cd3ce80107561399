"""The keys file."""

import json
from pathlib import Path

import pytest

from placekeeper.host.keys_file import read_keys
from placekeeper.model.access import AccessKey, is_reading
from placekeeper.model.errors import UsageError

SECRET = "a-secret-that-is-long-enough"


def written(tmp_path: Path, text: str | bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "keys"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    "text",
    [
        f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n[keys.GRAFANA]\nsecret = "{SECRET}"\nread_only = true\n',
        json.dumps(
            {"keys": {"AIRFLOW": {"secret": SECRET}, "GRAFANA": {"secret": SECRET, "read_only": True}}}
        ),
    ],
)
def test_toml_and_json(tmp_path: Path, text: str) -> None:
    found = read_keys(written(tmp_path, text)).keys
    assert list(found) == ["AIRFLOW", "GRAFANA"]
    assert (found["AIRFLOW"].secret, found["AIRFLOW"].read_only) == (SECRET, False)
    assert found["GRAFANA"].read_only


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_can_read(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match=r"others can read the .* chmod 600"):
        read_keys(written(tmp_path, f'[keys.A_B]\nsecret = "{SECRET}"\n', mode))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "malformed: Object missing required field `keys`"),
        ("[keys]\n", "no keys"),
        ("[keys.AIRFLOW\n", "malformed"),
        ('{"keys": ', "malformed"),
        ('{"keys": []}', "malformed: Expected `object`"),
        ("{" * 100_000, "malformed"),
        (b"\xff", "not UTF-8"),
        ('[keys.AIRFLOW]\nsecret = "short"\n', "shorter than 16"),
        ("[keys.AIRFLOW]\nsecret = 12345678901234567890\n", "malformed: .*str"),
        (f'[keys.AIRFLOW]\nsecret = "{SECRET}"\nreadonly = true\n', "unknown field `readonly`"),
        (f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n[script]\naccess = "all"\n', "unknown field `script`"),
        (f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n[scripts]\nacess = "all"\n', "unknown field `acess`"),
        (f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n[scripts]\naccess = "some"\n', "Invalid enum value"),
        (f'[keys."a b"]\nsecret = "{SECRET}"\n', "3 to 128 letters"),
    ],
)
def test_a_malformed_file_is_one_line_without_the_secret(tmp_path: Path, text: str | bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why) as error:
        read_keys(written(tmp_path, text))
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_keys(tmp_path / "absent")


def test_a_key_does_not_show_its_secret() -> None:
    assert SECRET not in repr(AccessKey(id="AIRFLOW", secret=SECRET))


def test_what_reads_and_what_writes() -> None:
    assert all(map(is_reading, ["GetJob", "GetJobs", "ListTriggers", "BatchGetJobs"]))
    assert not any(map(is_reading, ["StartJobRun", "ResetJobBookmark", "BatchStopJobRun", "TagResource"]))


@pytest.mark.parametrize(
    ("more", "access"), [("", "own"), *((f'[scripts]\naccess = "{a}"\n', a) for a in ("own", "read", "all"))]
)
def test_what_scripts_may(tmp_path: Path, more: str, access: str) -> None:
    assert (
        read_keys(written(tmp_path, f'[keys.AIRFLOW]\nsecret = "{SECRET}"\n{more}')).scripts.value == access
    )
