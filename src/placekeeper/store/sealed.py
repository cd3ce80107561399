"""Texts as they are stored: sealed where the bookmark is encrypted, else as they are."""

from msgspec.structs import replace

from placekeeper.control.catalog.stored_logins import about_password
from placekeeper.model.publication import Effect, RowsWritten
from placekeeper.ports.keys import Keys
from placekeeper.rules.bookmarks.sealing import is_sealed


def stored(plain: bytes, key: str | None, about: str, keys: Keys) -> str:
    """The text to store; with `key`, sealed with it. It opens only where the same `about` is asked for."""
    return plain.decode() if key is None else keys.seal(key, plain, about)


def plain(text: str, about: str, keys: Keys) -> bytes:
    """The text that was stored, opened. Raises KeyMissing."""
    return keys.unseal(text, about) if is_sealed(text) else text.encode()


def at_rest(effect: Effect, keys: Keys) -> Effect:
    """An effect as a manifest keeps it: without a password that is in a connection, or with a sealed one."""
    if not isinstance(effect, RowsWritten) or not effect.login.password:
        return effect
    if effect.connection or effect.secret:
        return without_password(effect)
    if keys.default is None:
        return effect
    sealed = keys.seal(keys.default, effect.login.password.encode(), about_password(effect))
    return replace(effect, login=replace(effect.login, password=""), sealed=sealed)


def has_login(effect: Effect) -> bool:
    """Whether an effect has a password."""
    return isinstance(effect, RowsWritten) and bool(effect.login.password or effect.sealed)


def without_password(effect: Effect) -> Effect:
    """The same without its password: nobody needs it any more."""
    if not isinstance(effect, RowsWritten):
        return effect
    return replace(effect, login=replace(effect.login, password=""), sealed="")
