"""Commands by name, loaded only when they are chosen, because SQLAlchemy and PyArrow take a second.

`load` is the one place in the command line that imports by name, and the table says what.
"""

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

from typer._click import Command, Context
from typer._click.shell_completion import CompletionItem
from typer.core import TyperGroup
from typer.main import get_command

from placekeeper.cli.command_table import COMMANDS, GROUPS, names_below
from placekeeper.cli.completion import candidates
from placekeeper.host.processes import load_in_peace, loaded

_WORDS = "placekeeper.words"
"""Under this key the context has the words of the command line that is completed."""


def load(path: tuple[str, ...]) -> Command:
    """The command of a row of the table. Its module is imported now, and warnings go to the error stream."""
    load_in_peace()
    try:
        module: Any = importlib.import_module(f"placekeeper.cli.commands.{COMMANDS[path].module}")
    finally:
        loaded()
    found = get_command(module.app)
    return found.commands[path[-1]] if isinstance(found, TyperGroup) else found


class LazyCommands(MutableMapping[str, Command]):
    """The commands of a group; each is loaded when somebody asks for it."""

    def __init__(self, path: tuple[str, ...]) -> None:
        self._path = path
        self._names = names_below(path)
        self._loaded: dict[str, Command] = {}

    def __getitem__(self, name: str) -> Command:
        if name not in self._loaded:
            if name not in self._names:
                raise KeyError(name)
            whole = (*self._path, name)
            self._loaded[name] = load(whole) if whole in COMMANDS else group(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Command) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class LazyGroup(TyperGroup):
    """A group whose commands are in the table; the outermost one completes for all."""

    def __init__(self, *, path: tuple[str, ...] = (), **attributes: Any) -> None:
        super().__init__(**attributes)
        self.path = path
        self.commands = LazyCommands(path)

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - Typer asks so
        """In the order of the table."""
        return list(self.commands)

    def format_commands(self, ctx: Context, formatter: Any) -> None:  # noqa: ARG002 - Typer asks so
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(names_below(self.path).items()))

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Keep the words, for completion."""
        ctx.meta.setdefault(_WORDS, tuple(args))
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Load the command that is called; what is only completed stays unloaded."""
        if ctx.resilient_parsing:
            return None, None, args
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """The words that may come next."""
        return [CompletionItem(value, help=said) for value, said in candidates(ctx.meta[_WORDS], incomplete)]


def group(name: str) -> LazyGroup:
    """A group of the table."""
    return LazyGroup(path=(name,), name=name, help=GROUPS[name], no_args_is_help=True, rich_markup_mode=None)
