"""The seam of operations: each is one row, one handler and one use case, exported by its module."""

import ast
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from placekeeper.control.service import Control
from placekeeper.server.glue_api import handlers
from placekeeper.server.glue_api.operations import HANDLERS
from placekeeper.server.protocol.model import ServiceModel

MODULES = [
    import_module(f"{handlers.__name__}.{path.stem}")
    for path in sorted(Path(handlers.__file__).parent.glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_module_exports_its_operations_and_each_is_one_use_case(module: ModuleType) -> None:
    assert HANDLERS.items() >= module.OPERATIONS.items(), "operations.py has a line for each module"
    functions = _functions(module)
    called = [handler.call.__name__ for handler in module.OPERATIONS.values()]
    assert sorted(called) == sorted(name for name in functions if _takes_control(functions[name]))
    for name in called:
        assert len(_use_cases(functions[name])) == 1, f"{name} calls {_use_cases(functions[name])}"


def test_no_two_modules_export_one_operation() -> None:
    exported = [name for module in MODULES for name in module.OPERATIONS]
    assert sorted(exported) == sorted(HANDLERS)


MODEL = ServiceModel.of_botocore()


@pytest.mark.parametrize("operation", sorted(HANDLERS))
def test_an_operation_is_glue_s_and_its_handler_bears_its_name(operation: str) -> None:
    assert MODEL.operation(operation).input is not None
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
    assert HANDLERS[operation].call.__name__.removesuffix("s") == snake.removesuffix("s")


def _functions(module: ModuleType) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(Path(str(module.__file__)).read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _takes_control(function: ast.FunctionDef) -> bool:
    return bool(function.args.args) and function.args.args[0].arg == "control"


def _use_cases(function: ast.FunctionDef) -> set[str]:
    """The methods of use cases that a handler names: `control.jobs.get` and the like."""
    named = {ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    found = {name for name in named if re.fullmatch(r"control\.\w+\.\w+", name)}
    assert all(name.split(".")[1] in Control.__annotations__ for name in found)
    return found
