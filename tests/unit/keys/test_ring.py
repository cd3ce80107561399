"""The key ring: what a file may be, and what a sealed text keeps secret."""

import base64
import importlib.util
import json
from pathlib import Path

import pytest

from placekeeper.keys.ring import ENCRYPTION_KEYS, KeyRing, keys_of
from placekeeper.model.errors import KeyMissing, MissingExtra, StateError, UsageError
from placekeeper.rules.bookmarks.sealing import NO_KEYS, is_sealed

ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234-é"
SECRET = base64.b64encode(bytes(32)).decode()
RING = KeyRing({ARN: b"k" * 32})


def keys_file(path: Path, text: str, mode: int = 0o600) -> dict[str, str]:
    path.write_text(text)
    path.chmod(mode)
    return {ENCRYPTION_KEYS: str(path)}


def test_what_was_sealed_opens() -> None:
    sealed = RING.seal(ARN, b"secret", "x")
    assert is_sealed(sealed)
    assert "secret" not in sealed
    assert RING.unseal(sealed, "x") == b"secret"
    assert RING.seal(ARN, b"secret", "x") != sealed


def test_a_changed_text_does_not_open() -> None:
    sealed = RING.seal(ARN, b"secret", "x")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    for text, about in ((changed, "x"), (sealed, "y")):
        with pytest.raises(StateError, match="cannot be decrypted"):
            RING.unseal(text, about)


def test_another_key_of_the_same_name_does_not_open_it() -> None:
    with pytest.raises(StateError, match="former key"):
        KeyRing({ARN: b"o" * 32}).unseal(RING.seal(ARN, b"secret", "x"), "x")


@pytest.mark.parametrize("keys", [NO_KEYS, KeyRing({"other": bytes(32)})])
def test_a_key_that_is_not_there(keys: KeyRing) -> None:
    assert not keys.has(ARN)
    with pytest.raises(KeyMissing, match=ARN):
        keys.unseal(RING.seal(ARN, b"secret", "x"), "x")
    with pytest.raises(KeyMissing):
        keys.seal(ARN, b"secret", "x")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("keys.json", json.dumps({ARN: SECRET})),
        ("keys", json.dumps({"1234-é": SECRET})),
        ("keys.toml", f'"{ARN}" = "{SECRET}"'),
    ],
)
def test_files(tmp_path: Path, name: str, text: str) -> None:
    assert keys_of(keys_file(tmp_path / name, text)).has(ARN)


def test_no_file_no_keys() -> None:
    assert not keys_of({}).has(ARN)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a": 1}', '{"a": "x"}', '{"a": "eHg="}', f'{{"": "{SECRET}"}}', '{"a": "é"}'],
)
def test_files_that_hold_no_keys(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="base64 of 32 bytes"):
        keys_of(keys_file(tmp_path / "keys.json", text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        keys_of({ENCRYPTION_KEYS: str(tmp_path / "absent")})


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o640, 0o620])
def test_a_file_that_others_may_read_or_write(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UsageError, match="chmod 600"):
        keys_of(keys_file(tmp_path / "keys.json", json.dumps({ARN: SECRET}), mode))


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="needs the extra 'crypto'"):
        keys_of(keys_file(tmp_path / "keys.json", json.dumps({ARN: SECRET})))
    keys_of({})
