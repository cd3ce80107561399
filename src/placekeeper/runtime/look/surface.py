"""The surface of `awsglue`, read from its source: classes, members, signatures, and what is not there yet.

Nothing is imported, so that a look needs no engine. A method that is not there yet answers NoReturn and says
so by `absent`; a method that does nothing but call such a one is not there either.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

from placekeeper.runtime.engines.shim_folder import SHIM

_OPEN: Final = frozenset({"__getattr__", "__getattribute__"})
_CLOSED_BASES: Final = frozenset({"object", "Exception"})


@dataclass(frozen=True, eq=False)
class SurfaceMember:
    """A member of a class, or a function of a module; `returns` is a class's whole name, None if unknown.

    `node` is None for an attribute of instances.
    """

    name: str
    module: "SurfaceModule"
    node: ast.FunctionDef | None = None
    returns: str | None = None
    decorators: frozenset[str] = frozenset()

    @property
    def is_property(self) -> bool:
        """Whether it is used without a call."""
        return "property" in self.decorators

    @cached_property
    def absent(self) -> str | None:
        """The sentence of a member that is not there yet; None for one that is."""
        if self.node is None:
            return None
        for call in _straight_calls(self.node):
            if isinstance(call.func, ast.Name) and call.func.id == "absent":
                what, instead = (self.module.text(argument) for argument in call.args[:2])
                return f"{what} is not there yet in Placekeeper; {instead}"
        return None


@dataclass(frozen=True, eq=False)
class SurfaceClass:
    """A class and its members, those of its bases included. `is_open`: it may have members nobody can see."""

    name: str
    members: Mapping[str, SurfaceMember]
    is_open: bool
    bases: tuple[str, ...]

    @property
    def short(self) -> str:
        """The name without its module."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, eq=False)
class SurfaceModule:
    """One module: the names in it, and where imported ones come from."""

    name: str
    tree: ast.Module
    imported: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def defined(self) -> Mapping[str, ast.AST]:
        """The classes, functions and constants that the module itself makes."""
        found: dict[str, ast.AST] = {}
        for node in self.tree.body:
            match node:
                case ast.ClassDef() | ast.FunctionDef():
                    found[node.name] = node
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found[name] = value
        return found

    def whole_name(self, name: str) -> str:
        """A name of this module with the module that it comes from."""
        return self.imported.get(name) or (f"{self.name}.{name}" if name in self.defined else name)

    def text(self, node: ast.expr) -> str:
        """A string that the source spells out, by a constant's name too."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                origin, _, last = self.whole_name(name).rpartition(".")
                module = module_of(origin)
                value = None if module is None else module.defined.get(last)
                return module.text(value) if module and isinstance(value, ast.expr) else name
            case ast.JoinedStr():
                return "".join(self.text(part) for part in node.values)
            case ast.FormattedValue():
                return f"<{ast.unparse(node.value)}>"
            case _:
                return ast.unparse(node)


@cache
def module_of(name: str) -> SurfaceModule | None:
    """A module of the shim by its whole name; None if there is none."""
    path = SHIM.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not name or not file.is_file():
        return None
    tree = ast.parse(file.read_text())
    return SurfaceModule(name, tree, dict(_imported(tree.body)))


def packages() -> frozenset[str]:
    """The packages that scripts find in the shim."""
    return frozenset(folder.name for folder in SHIM.iterdir() if (folder / "__init__.py").is_file())


def read_ahead() -> None:
    """Read what nearly every look needs, while nobody waits for it."""
    absent_names()


def names_of(module: SurfaceModule) -> frozenset[str]:
    """The names that can be imported from a module, its own modules included."""
    folder = SHIM.joinpath(*module.name.split("."))
    inner = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    exported = module.defined.get("__all__")
    named = {module.text(one) for one in exported.elts} if isinstance(exported, ast.List) else set()
    return frozenset({*module.defined, *module.imported, *inner, *named})


def origin_of(whole_name: str) -> str:
    """The whole name under which something is defined, given one under which it can be imported."""
    for _ in range(8):
        origin, _, last = whole_name.rpartition(".")
        module = module_of(origin)
        if module is None or last in module.defined:
            return whole_name
        if last in module.imported:
            whole_name = module.imported[last]
        elif (
            last in names_of(module) and module_of(whole_name) is None
        ):  # a lazy name, as awsglue.DynamicFrame
            inner = module_of(f"{origin}.{last.lower()}")
            return f"{inner.name}.{last}" if inner is not None else whole_name
        else:
            return whole_name
    return whole_name


@cache
def class_of(whole_name: str) -> SurfaceClass | None:
    """A class of the shim by its whole name; None if there is none."""
    origin, _, name = origin_of(whole_name).rpartition(".")
    module = module_of(origin)
    node = None if module is None else module.defined.get(name)
    if module is None or not isinstance(node, ast.ClassDef):
        return None
    members: dict[str, SurfaceMember] = {}
    is_open, bases = False, []
    for base in reversed(node.bases):
        found = class_of(module.whole_name(base.id)) if isinstance(base, ast.Name) else None
        if found is None:
            is_open = is_open or ast.unparse(base) not in _CLOSED_BASES
        else:
            members |= found.members
            is_open = is_open or found.is_open
            bases += [found.short, *found.bases]
    members |= {member.name: member for member in _members(module, node, f"{origin}.{name}")}
    return SurfaceClass(f"{origin}.{name}", members, is_open or bool(_OPEN & members.keys()), tuple(bases))


def function_of(whole_name: str) -> SurfaceMember | None:
    """A function of the shim by its whole name; None if there is none."""
    origin, _, name = origin_of(whole_name).rpartition(".")
    module = module_of(origin)
    node = None if module is None else module.defined.get(name)
    if module is None or not isinstance(node, ast.FunctionDef):
        return None
    return SurfaceMember(name, module, node, _returned(module, node, ""))


@cache
def absent_names() -> Mapping[str, str]:
    """Methods of DynamicFrame and GlueContext that are not there yet: name and sentence."""
    classes = [class_of("awsglue.context.GlueContext"), class_of("awsglue.dynamicframe.DynamicFrame")]
    return {
        name: sentence
        for found in classes
        if found is not None
        for name, member in found.members.items()
        if (sentence := absence(member)) is not None and not name.startswith("_")
    }


def absence(member: SurfaceMember) -> str | None:
    """Why a member does not work yet; None if it does. A call through to an absent member counts."""
    if member.absent is not None or member.node is None:
        return member.absent
    kinds = {
        argument.arg: name
        for argument in (*member.node.args.args, *member.node.args.kwonlyargs)
        if (name := _annotated(member.module, argument.annotation)) is not None
    }
    for call in _straight_calls(member.node):
        match call.func:
            case ast.Attribute(value=ast.Name(id=receiver), attr=name) if receiver in kinds:
                target = class_of(kinds[receiver])
            case ast.Attribute(
                value=ast.Attribute(value=ast.Name(id="self"), attr="_glue_context"), attr=name
            ):
                target = class_of("awsglue.context.GlueContext")
            case _:
                continue
        reached = None if target is None else target.members.get(name)
        if reached is not None and reached.absent is not None:
            return reached.absent
    return None


def _straight_calls(node: ast.FunctionDef) -> Iterator[ast.Call]:
    """The calls that are statements of a body themselves: each call of the function comes to them."""
    for statement in node.body:
        if isinstance(statement, ast.Return | ast.Expr) and isinstance(statement.value, ast.Call):
            yield statement.value


def _members(module: SurfaceModule, node: ast.ClassDef, owner: str) -> Iterator[SurfaceMember]:
    for inner in node.body:
        match inner:
            case ast.FunctionDef():
                if inner.name == "__init__":
                    yield from _attributes(module, inner)
                decorators = frozenset(ast.unparse(one) for one in inner.decorator_list)
                yield SurfaceMember(inner.name, module, inner, _returned(module, inner, owner), decorators)
            case ast.Assign():
                for target in inner.targets:
                    if isinstance(target, ast.Name):
                        yield SurfaceMember(target.id, module)
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield SurfaceMember(name, module)


def _attributes(module: SurfaceModule, init: ast.FunctionDef) -> Iterator[SurfaceMember]:
    kinds = {argument.arg: _annotated(module, argument.annotation) for argument in init.args.args}
    for node in ast.walk(init):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
                match node.value:
                    case ast.Call(func=ast.Name(id=made)):
                        yield SurfaceMember(name, module, returns=module.whole_name(made))
                    case ast.Name(id=given):
                        yield SurfaceMember(name, module, returns=kinds.get(given))
                    case _:
                        yield SurfaceMember(name, module)
            case ast.AnnAssign(target=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield SurfaceMember(name, module)


def _returned(module: SurfaceModule, node: ast.FunctionDef, owner: str) -> str | None:
    found = _annotated(module, node.returns)
    return owner if found in ("Self", "typing.Self") else found


def _annotated(module: SurfaceModule, node: ast.expr | None) -> str | None:
    """The class that an annotation names, by its whole name; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return _annotated(module, ast.parse(text, mode="eval").body)
        case ast.Name(id=name):
            return module.whole_name(name)
        case _:
            return None


def _imported(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for node in statements:
        if isinstance(node, ast.If):  # for types alone
            yield from _imported(node.body)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
