"""A look at the members of awsglue that a script uses: what is not there, and calls that do not fit."""

import ast
from collections.abc import Iterator, Sequence

from pyspark.sql import DataFrame

from placekeeper.runtime.frames.arguments import meant_member, no_member, unknown_argument
from placekeeper.runtime.look.events import Call, Import, Use
from placekeeper.runtime.look.finding import Finding
from placekeeper.runtime.look.script import Script, finding, level_of
from placekeeper.runtime.look.surface import (
    SurfaceMember,
    absence,
    absent_names,
    class_of,
    function_of,
    module_of,
    names_of,
    packages,
)
from placekeeper.runtime.look.values import Class, Instance, Member, Unknown
from placekeeper.runtime.studio.table import PREFIX, TRANSFORMS, no_transform

_OF_OTHERS = frozenset({"mapPartitions", "mapPartitionsWithIndex", "rdd"})
"""Absent members whose names Spark's classes have too."""


def members(script: Script) -> Iterator[Finding]:
    """Imports, members and arguments that awsglue does not have."""
    doings = script.doings
    for brought in doings.imports:
        yield from _import(brought)
        yield from _studio_import(brought, script)
    # A module of Glue Studio, as gs_now, gives frames a method of its own name.
    attached = {brought.module for brought in doings.imports if not brought.name}
    for use in doings.uses:
        if use.node.attr not in doings.replaced and use.node.attr not in attached:
            yield from _use(use)
    for call in doings.calls:
        if call.name not in doings.replaced:
            yield from _call(call)


def _import(brought: Import) -> Iterator[Finding]:
    first = brought.module.partition(".")[0]
    if first not in packages():
        return
    level = level_of(is_certain=brought.is_certain)
    module = module_of(brought.module)
    if module is None:
        sentence = f"there is no module {brought.module} here"
        yield finding(brought.node, "unknown-import", sentence, level)
    elif brought.name not in ("", "*") and brought.name not in names_of(module):
        sentence = (
            f"{brought.module} has no {brought.name}{meant_member(brought.name, sorted(names_of(module)))}"
        )
        yield finding(brought.node, "unknown-import", sentence, level)


def _studio_import(brought: Import, script: Script) -> Iterator[Finding]:
    """A module gs_… of Glue Studio that is not there, and that the job does not bring."""
    name = brought.module.partition(".")[0]
    if name.startswith(PREFIX) and name not in TRANSFORMS and not script.has_module(name):
        level = level_of(is_certain=brought.is_certain and script.knows_modules)
        sentence = no_transform(name)
        if not script.knows_modules:
            sentence = f"unless the job brings it with --extra-py-files, {sentence}"
        yield finding(brought.node, "not-there-yet", sentence, level)


def _use(use: Use) -> Iterator[Finding]:
    found = class_of(use.owner.name)
    name = use.node.attr
    if found is None:
        return
    member = found.members.get(name)
    level = level_of(is_certain=use.is_certain and not name.startswith("_"))  # those of AWS's own classes
    if member is None:
        if not found.is_open and not name.startswith("__") and not isinstance(use.node.ctx, ast.Store):
            yield finding(
                use.node, "unknown-member", _no_member(found.short, name, list(found.members)), level
            )
    elif isinstance(use.owner, Instance) and member.is_property and (sentence := absence(member)):
        yield finding(use.node, "not-there-yet", sentence, level)


def _no_member(owner: str, name: str, known: Sequence[str]) -> str:
    is_frame = owner == "DynamicFrame"
    shown = "a DynamicFrame" if is_frame else owner
    return no_member(shown, name, known, is_of_dataframe=is_frame and hasattr(DataFrame, name))


def _call(call: Call) -> Iterator[Finding]:
    member, shown = _called(call)
    if member is None:
        yield from _guessed(call)
        return
    level = level_of(is_certain=call.is_certain)
    if sentence := absence(member):
        yield finding(call.place, "not-there-yet", sentence, level)
    elif member.node is not None and not {"staticmethod"} & member.decorators:
        for sentence in _unfitting(call, member.node.args, shown, bound=_is_bound(call, member)):
            yield finding(call.place, "wrong-arguments", sentence, level)


def _called(call: Call) -> tuple[SurfaceMember | None, str]:
    """The member of awsglue that a call means, and its name for people."""
    match call.callee:
        case Class(name=name):
            made = class_of(name)
            if made is None:
                return function_of(name), name.rpartition(".")[2]
            return made.members.get("__init__"), made.short
        case Instance(name=name):  # an object that is called: Join()(…)
            made = class_of(name)
            return (None if made is None else made.members.get("__call__")), name.rpartition(".")[2]
        case Member(owner=Instance(name=owner) | Class(name=owner), name=name):
            found = class_of(owner)
            if found is None:
                return None, name
            if name == "apply" and "GlueTransform" in found.bases:
                return found.members.get("__call__"), f"{found.short}.apply"
            return found.members.get(name), name
        case _:
            return None, ""


def _is_bound(call: Call, member: SurfaceMember) -> bool:
    """Whether the first parameter is filled by the object itself."""
    if member.node is None or not member.node.args.args:
        return False
    is_function = isinstance(call.callee, Class) and class_of(call.callee.name) is None
    is_unbound = (
        isinstance(call.callee, Member)
        and isinstance(call.callee.owner, Class)
        and call.callee.name != "apply"
        and "classmethod" not in member.decorators
    )
    return not is_function and not is_unbound


def _guessed(call: Call) -> Iterator[Finding]:
    """A method of a name that only awsglue has, on something that the look does not know."""
    is_unknown = isinstance(call.callee, Unknown) or (
        isinstance(call.callee, Member) and isinstance(call.callee.owner, Unknown)
    )
    is_method = isinstance(call.node.func, ast.Attribute)
    sentence = absent_names().get(call.name)
    if is_unknown and is_method and sentence and call.name not in _OF_OTHERS and "rdd" not in call.steps:
        yield finding(call.place, "not-there-yet", sentence, level_of(is_certain=False))


def _unfitting(call: Call, signature: ast.arguments, shown: str, *, bound: bool) -> Iterator[str]:
    names = [argument.arg for argument in (*signature.posonlyargs, *signature.args)][1 if bound else 0 :]
    only_named = [argument.arg for argument in signature.kwonlyargs]
    known = [*names, *only_named]
    if signature.kwarg is None:
        for name in call.keywords:
            if name not in known:
                yield unknown_argument(shown, name, known)
    is_misspelt = signature.kwarg is None and not call.keywords.keys() <= set(known)
    if is_misspelt or not call.is_whole:
        return
    if len(call.positional) > len(names) and signature.vararg is None:
        yield f"{shown} takes {len(names)} arguments by position, and {len(call.positional)} are given"
    twice = [name for name in names[: len(call.positional)] if name in call.keywords]
    if twice:
        yield f"{shown} gets {', '.join(twice)} twice: by position and by name"
    required = names[: len(names) - len(signature.defaults)]
    missing = [name for name in required[len(call.positional) :] if name not in call.keywords]
    if missing:
        yield f"{shown} needs {', '.join(missing)}"
