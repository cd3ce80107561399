"""Type stubs of `awsglue`, made of the shim's own typed source: signatures and docstrings without bodies.

They are in the wheel as `awsglue-stubs`, where type checkers and editors look for them: the shim itself is on
the path in job processes only. Run as a program, it writes them into the folder that it is given.
"""

import ast
import copy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SHIM = Path(__file__).resolve().parents[1] / "src" / "placekeeper" / "runtime" / "shim"
NOT_THERE = "Not there yet in Placekeeper. placekeeper check SCRIPT says what to do instead."
_BEGIN = "from typing import Any\nfrom typing_extensions import deprecated\n"
_DEPRECATED = ast.parse(f"deprecated({NOT_THERE!r})", mode="eval").body


def stubs(shim: Path = SHIM) -> Mapping[Path, str]:
    """The text of each stub by its path, `awsglue-stubs/context.pyi`."""
    found = {}
    for path in sorted(shim.rglob("*.py")):
        package, *rest = path.relative_to(shim).with_suffix(".pyi").parts
        if not rest:  # a module on its own
            package, rest = path.stem, ["__init__.pyi"]
        tree = ast.parse(path.read_text())
        body = [_lazy(tree)] if _is_lazy(tree) else list(_statements(tree.body))
        module = ast.Module(body=[one for one in body if one is not None], type_ignores=[])
        found[Path(f"{package}-stubs", *rest)] = (
            _BEGIN + ast.unparse(ast.fix_missing_locations(module)) + "\n"
        )
    return found


def write(folder: Path, shim: Path = SHIM) -> list[Path]:
    """Write the stubs below a folder; the folders of the packages."""
    for path, text in stubs(shim).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return sorted(path for path in folder.iterdir() if path.name.endswith("-stubs"))


def _is_lazy(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body)


def _lazy(tree: ast.Module) -> ast.stmt | None:
    """What a package loads on first use, as if it imported it."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=names)):
                lines = [
                    f"from awsglue.{name.value.lower()} import {name.value} as {name.value}"
                    for name in names
                    if isinstance(name, ast.Constant) and isinstance(name.value, str)
                ]
                return ast.parse("\n".join(lines)).body[0]
    return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        match node:
            case ast.If(test=ast.UnaryOp()):  # not for types
                continue
            case ast.If():  # for types alone
                yield from (one for one in node.body if not isinstance(one, ast.Pass))
            case ast.Import() | ast.ImportFrom():
                yield node
            case ast.FunctionDef():
                yield _function(node)
            case ast.ClassDef():
                yield _class(node)
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.Assign(value=ast.BinOp()):
                yield node  # a union has a name
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                yield node
            case ast.Assign(targets=[ast.Name(id=name)]) if not name.startswith("_"):
                yield _typed(name, node.value)
            case ast.AnnAssign():
                yield ast.AnnAssign(
                    target=node.target,
                    annotation=node.annotation,
                    value=None if node.value is None else ast.Constant(...),
                    simple=1,
                )


def _is_of_a_part(node: ast.stmt) -> bool:
    """Imports for types, and what a part of a class takes from the whole, which may have it as a property."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name.startswith("_")
    return False


def _class(node: ast.ClassDef) -> ast.ClassDef:
    own = [one for one in _statements(node.body) if not _is_of_a_part(one)]
    made = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    if "__init__" in made:
        own += list(_attributes(made["__init__"]))
    is_transform = any(isinstance(base, ast.Name) and base.id == "GlueTransform" for base in node.bases)
    if is_transform and "__call__" in made:
        apply = _function(made["__call__"])
        apply.name = "apply"
        apply.args.args[0] = ast.arg("cls")
        apply.decorator_list.insert(0, ast.Name("classmethod"))
        own.append(apply)
    return ast.ClassDef(
        name=node.name,
        bases=node.bases,
        keywords=node.keywords,
        decorator_list=node.decorator_list,
        body=[*_docstring(node), *own] or [ast.Expr(ast.Constant(...))],
        type_params=[],
    )


def _function(node: ast.FunctionDef) -> ast.FunctionDef:
    arguments = copy.deepcopy(node.args)
    arguments.defaults = [_plain(one) for one in arguments.defaults]
    arguments.kw_defaults = [None if one is None else _plain(one) for one in arguments.kw_defaults]
    is_absent = isinstance(node.returns, ast.Name) and node.returns.id == "NoReturn"
    return ast.FunctionDef(
        name=node.name,
        args=arguments,
        body=[*_docstring(node), ast.Expr(ast.Constant(...))],
        decorator_list=[*node.decorator_list, *([_DEPRECATED] if is_absent else [])],
        # A checker would take what stands behind such a call for dead, and not check it.
        returns=ast.Name("Any") if is_absent else node.returns,
        type_params=[],
    )


def _plain(default: ast.expr) -> ast.expr:
    """A default that is a constant; `...` for another."""
    return default if isinstance(default, ast.Constant) else ast.Constant(...)


def _attributes(init: ast.FunctionDef) -> Iterator[ast.stmt]:
    """What an object has from its begin on, with the types that can be told."""
    kinds = {argument.arg: argument.annotation for argument in init.args.args}
    done = set()
    for node in ast.walk(init):
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value):
                if name.startswith("_") or name in done:
                    continue
                done.add(name)
                kind = kinds.get(value.id) if isinstance(value, ast.Name) else None
                if (
                    isinstance(value, ast.Call)
                    and isinstance(value.func, ast.Name)
                    and value.func.id[0].isupper()
                ):
                    kind = value.func
                yield ast.AnnAssign(ast.Name(name), kind or ast.Name("Any"), None, 1)


def _typed(name: str, value: ast.expr) -> ast.stmt:
    """A constant, with its type where it is plain; another name of something stays one."""
    if isinstance(value, ast.Name | ast.Attribute):
        return ast.Assign([ast.Name(name)], value)
    kind = type(value.value).__name__ if isinstance(value, ast.Constant) else "Any"
    return ast.AnnAssign(ast.Name(name), ast.Name(kind), None, 1)


def _docstring(node: ast.ClassDef | ast.FunctionDef) -> list[ast.stmt]:
    said = ast.get_docstring(node)
    return [] if said is None else [ast.Expr(ast.Constant(said))]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
