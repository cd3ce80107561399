"""The values of expressions, and the calls in them, for a walk through a script."""

import ast

from placekeeper.runtime.look.calling import Calling
from placekeeper.runtime.look.events import Import, Use
from placekeeper.runtime.look.scope import Scope
from placekeeper.runtime.look.surface import class_of, module_of
from placekeeper.runtime.look.values import (
    Class,
    Dict,
    Instance,
    Known,
    List,
    Member,
    Module,
    Text,
    Unknown,
    Value,
    template,
)


class Evaluation(Calling):
    """Knows expressions. A subclass knows statements, and says where every run comes to."""

    def annotated(self, argument: ast.arg, scope: Scope) -> Value:
        """An argument that nobody has given, as its annotation says."""
        if isinstance(argument.annotation, ast.Name | ast.Attribute):
            kind = self.value(argument.annotation, scope)
            if isinstance(kind, Class):
                return Instance(kind.name)
        return Unknown(argument.arg)

    def bind(self, target: ast.expr, given: Value | None, scope: Scope) -> None:
        """Give a target a value; None: one of many."""
        match target:
            case ast.Name(id=name):
                value = _named(name, target, given)
                scope.bind(name, Unknown(f"{name}#") if name in self.shared else value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                parts = (
                    given.elements if isinstance(given, List) and len(given.elements) == len(elements) else ()
                )
                for place, element in enumerate(elements):
                    self.bind(element, parts[place] if parts else None, scope)
            case ast.Starred(value=inner):
                self.bind(inner, None, scope)
            case ast.Subscript(value=ast.Name(id=name)):
                self.value(target.slice, scope)
                scope.bind(name, Unknown(f"{name}@{target.lineno}"))
            case _:
                self.value(target, scope)

    def imports(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        """Bind what an import brings."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.doings.imports.append(Import(node, alias.name, "", self.is_certain))
                first = alias.name.partition(".")[0]
                scope.bind(alias.asname or first, Module(alias.name if alias.asname else first))
            return
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self.doings.imports.append(Import(node, module, alias.name, self.is_certain))
            if alias.name == "*":
                for name in _exported(module):
                    scope.bind(name, Class(f"{module}.{name}"))
            else:
                scope.bind(alias.asname or alias.name, Class(f"{module}.{alias.name}"))

    def value(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression; calls in it are noted."""
        match node:
            case ast.Constant(value=value):
                return Known(value)
            case ast.Name(id=name):
                return Unknown(f"{name}#") if name in self.shared else scope.find(name)
            case ast.Attribute():
                return self._attribute(node, scope)
            case ast.Call():
                return self.called(node, scope)
            case ast.Dict():
                return self._dict(node, scope)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return List(tuple(self.value(one, scope) for one in elements))
            case ast.JoinedStr():
                return self._joined([self.value(one, scope) for one in node.values], node)
            case ast.FormattedValue():
                return self.value(node.value, scope)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._joined([self.value(left, scope), self.value(right, scope)], node)
            case ast.Subscript():
                return self._subscript(node, scope)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compared(self.value(left, scope), operator, self.value(right, scope), node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                given = self.value(operand, scope)
                return Known(not given.value) if isinstance(given, Known) else self.fresh(node)
            case ast.NamedExpr():
                given = self.value(node.value, scope)
                self.bind(node.target, given, scope)
                return given
            case _:
                return self._other(node, scope)

    def _other(self, node: ast.expr, scope: Scope) -> Value:
        """Expressions whose parts may not be reached, or several times."""
        inner = scope
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            inner = Scope(scope)
            for one in ast.walk(node):
                if isinstance(one, ast.arg):
                    inner.bind(one.arg, Unknown(one.arg))
                elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    inner.bind(one.id, Unknown(f"{one.id}*"))
        before, self.in_branch = self.in_branch, True
        for child in ast.walk(node) if inner is not scope else ast.iter_child_nodes(node):
            is_looked_at = inner is scope or isinstance(child, ast.Call)
            if isinstance(child, ast.expr) and child is not node and is_looked_at:
                self.value(child, inner)
        self.in_branch = before
        return self.fresh(node)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> Value:
        owner = self.value(node.value, scope)
        match owner:
            case Module(name=name):
                inner = f"{name}.{node.attr}"
                return Module(inner) if module_of(inner) is not None else Class(inner)
            case Class(name=name) if class_of(name) is None:
                return Class(f"{name}.{node.attr}")
            case Instance() | Class():
                self.doings.uses.append(Use(node, owner, self.is_certain))
                return self._member(owner, node.attr)
            case Unknown(text=text):
                return Member(owner, node.attr) if text == "" else Unknown(f"{text}.{node.attr}")
            case _:
                return Member(owner, node.attr)

    def _member(self, owner: Instance | Class, name: str) -> Value:
        found = class_of(owner.name)
        member = None if found is None else found.members.get(name)
        if member is None or isinstance(owner, Class):
            return Member(owner, name)
        if member.node is None or member.is_property:
            return Unknown(f"{owner.name}.{name}") if member.returns is None else Instance(member.returns)
        return Member(owner, name)

    def _dict(self, node: ast.Dict, scope: Scope) -> Value:
        items: dict[str, Value] = {}
        is_complete = True
        for key, value in zip(node.keys, node.values, strict=True):
            name = None if key is None else self.value(key, scope)
            given = self.value(value, scope)
            if isinstance(name, Known) and isinstance(name.value, str):
                items[name.value] = given
            elif key is None and isinstance(given, Dict):
                items |= given.items
                is_complete = is_complete and given.is_complete
            else:
                is_complete = False
        return Dict(items, is_complete)

    def _joined(self, parts: list[Value], node: ast.expr) -> Value:
        texts = [template(part) for part in parts]
        if any(text is None for text in texts):
            return self.fresh(node)
        whole = "".join(text for text in texts if text is not None)
        is_known = all(isinstance(part, Known) for part in parts)
        return Known(whole) if is_known else Text(whole)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        owner, key = self.value(node.value, scope), self.value(node.slice, scope)
        match owner, key:
            case Dict(), Known(value=str(name)) if name in owner.items:
                return owner.items[name]
            case Unknown(text=text), Known(value=name):
                return Unknown(f"{text}[{name!r}]")
            case Instance(name="awsglue.dynamicframe.DynamicFrameCollection"), _:
                return Instance("awsglue.dynamicframe.DynamicFrame")
            case _:
                return self.fresh(node)

    def _compared(self, left: Value, operator: ast.cmpop, right: Value, node: ast.expr) -> Value:
        if isinstance(left, Known) and isinstance(right, Known):
            match operator:
                case ast.Eq() | ast.Is():
                    return Known(left.value == right.value)
                case ast.NotEq() | ast.IsNot():
                    return Known(left.value != right.value)
        return self.fresh(node)


def _named(name: str, target: ast.expr, given: Value | None) -> Value:
    """The value of a name; one that nobody knows is called by the name from now on."""
    if given is None:
        return Unknown(f"{name}@{target.lineno}")
    if isinstance(given, Unknown) and given.text.startswith("@"):
        return Unknown(f"{name}{given.text}")
    return given


def _exported(module: str) -> tuple[str, ...]:
    found = module_of(module)
    if found is None:
        return ()
    exported = found.defined.get("__all__")
    if isinstance(exported, ast.List):
        return tuple(found.text(one) for one in exported.elts)
    return tuple(name for name in (*found.defined, *found.imported) if not name.startswith("_"))
