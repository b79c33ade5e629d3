"""The operators: each says where a Python source can be damaged, and what stands there then."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from yielddb.mutants.source import Cut, Source

Operator = Callable[[Source], Iterator[Cut]]

SWAPS = (("commit", "flush", "rollback", "close"), ("add", "delete", "merge"))
STATUSES = {200: 201, 201: 200, 204: 200}  # others become the next number
METHODS = {"get": "post", "post": "put", "put": "patch", "patch": "put", "delete": "post"}
QUERIES = {"select", "select_from", "get", "query"}  # calls that name a model
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def drop_a_statement(source: Source) -> Iterator[Cut]:
    """Any statement but imports, definitions, docstrings, `return` and `pass`."""
    kept = (ast.Import, ast.ImportFrom, *FUNCTIONS, ast.ClassDef, ast.Return, ast.Pass, ast.Try)
    for node in source.nodes(ast.stmt):
        if not isinstance(node, kept) and not _is_docstring(node):
            yield source.cut(node, "pass")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def swap_a_call(source: Source) -> Iterator[Cut]:
    """`commit` for `flush`, `add` for `merge`, and so on within their families."""
    for call in source.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute):
            name = call.func.attr
            for family in SWAPS:
                for other in family if name in family else ():
                    if other != name:
                        end = source.end(call.func)
                        yield source.at(end - len(name), end, other, call)


def swap_a_method(source: Source) -> Iterator[Cut]:
    """`@app.put` becomes another decorator of its family."""
    for decorator in source.decorators():
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            end = source.end(function)
            start = end - len(function.attr)
            yield source.at(start, end, METHODS[function.attr], decorator)


def drop_a_decorator(source: Source) -> Iterator[Cut]:
    """A function without one of its decorators."""
    for decorator in source.decorators():
        yield source.at(source.start(decorator) - 1, source.end(decorator), "", decorator)


def forget_a_with(source: Source) -> Iterator[Cut]:
    """`with x as y` becomes `if y := x`: nothing is closed at the end of the block."""
    for node in source.nodes(ast.With):
        item = node.items[0]
        if len(node.items) == 1 and isinstance(item.optional_vars, ast.Name):
            value = source.text_of(item.context_expr)
            new = f"if {item.optional_vars.id} := {value}"
            yield source.at(source.start(node), source.end(item.optional_vars), new, node)


def return_an_exception(source: Source) -> Iterator[Cut]:
    """`raise x` becomes `return x`."""
    for node in source.nodes(ast.Raise):
        if node.exc:
            yield source.cut(node, f"return {source.text_of(node.exc)}")


def change_a_status(source: Source) -> Iterator[Cut]:
    """`status_code=201` becomes another status."""
    for keyword in source.nodes(ast.keyword):
        value = keyword.value
        if keyword.arg == "status_code" and isinstance(value, ast.Constant):
            assert isinstance(value.value, int)
            yield source.cut(value, str(STATUSES.get(value.value, value.value + 1)))


def weaken_a_finally(source: Source) -> Iterator[Cut]:
    """What stands in `finally` is gone, or runs only when nothing was raised."""
    for node in source.nodes(ast.Try):
        if node.finalbody:
            first, last = node.finalbody[0], node.finalbody[-1]
            yield source.at(source.start(first), source.end(last), "pass", first)
            end = source.start(first)
            start = source.data.rindex(b"finally:", 0, end)
            indent = " " * node.col_offset
            never = "" if node.handlers else f"except ():\n{indent}    raise\n{indent}"
            word = f"{never}else:"
            yield source.at(start, start + len(b"finally:"), word, first, shown="else:")


def drop_an_except(source: Source) -> Iterator[Cut]:
    """What stands in an `except` is gone: the error passes as if nobody had caught it."""
    for handler in source.nodes(ast.ExceptHandler):
        first, last = handler.body[0], handler.body[-1]
        yield source.at(source.start(first), source.end(last), "raise", handler, shown="raise")


def negate_a_condition(source: Source) -> Iterator[Cut]:
    """`if x` becomes `if not (x)`."""
    for node in source.nodes(ast.AST):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            yield source.cut(node.test, f"not ({source.text_of(node.test)})")


def drop_an_argument(source: Source) -> Iterator[Cut]:
    """A keyword argument of a call or of a decorator is left out."""
    for call in source.nodes(ast.Call):
        for keyword in call.keywords:
            if keyword.arg:
                yield source.without(keyword, call)


def replace_a_constant(source: Source) -> Iterator[Cut]:
    """Another text, the next number, the other truth value, something for None."""
    for node in source.nodes(ast.Constant):
        if id(node) in source.fixed:
            continue
        match node.value:
            case bool():
                yield source.cut(node, str(not node.value))
            case int():
                yield source.cut(node, str(node.value + 1))
            case str():
                yield source.cut(node, repr(node.value + "_x"))


def return_none(source: Source) -> Iterator[Cut]:
    """`return x` becomes `return None`."""
    for node in source.nodes(ast.Return):
        if node.value is not None:
            yield source.cut(node.value, "None")


def swap_a_model(source: Source) -> Iterator[Cut]:
    """`select(Item)` asks for another model of the same file."""
    models = [node.name for node in source.nodes(ast.ClassDef) if _is_model(node)]
    for call in source.nodes(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else _name(call.func)
        for argument in call.args if name in QUERIES else ():
            for other in models if _name(argument) in models else ():
                if other != _name(argument):
                    yield source.cut(argument, other)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_model(node: ast.ClassDef) -> bool:
    targets = [t for n in node.body if isinstance(n, ast.Assign) for t in n.targets]
    return any(_name(target) == "__tablename__" for target in targets)


def change_an_annotation(source: Source) -> Iterator[Cut]:
    """`None` is allowed where it was not, or no longer where it was."""
    for node in source.nodes(ast.AnnAssign):
        inner: ast.expr = node.annotation
        if isinstance(inner, ast.Subscript):
            inner = inner.slice
        if isinstance(inner, ast.BinOp):
            yield source.cut(inner, source.text_of(inner.left))
        else:
            yield source.cut(inner, f"{source.text_of(inner)} | None")


def drop_a_default(source: Source) -> Iterator[Cut]:
    """`name: type = value` loses its value."""
    for node in source.nodes(ast.AnnAssign):
        if node.value is not None:
            yield source.at(source.end(node.annotation), source.end(node), "", node)


OPERATORS: dict[str, Operator] = {
    "drop a statement": drop_a_statement,
    "swap a call": swap_a_call,
    "swap a method": swap_a_method,
    "drop a decorator": drop_a_decorator,
    "forget a with": forget_a_with,
    "return an exception": return_an_exception,
    "change a status": change_a_status,
    "weaken a finally": weaken_a_finally,
    "drop an except": drop_an_except,
    "negate a condition": negate_a_condition,
    "drop an argument": drop_an_argument,
    "replace a constant": replace_a_constant,
    "return None": return_none,
    "swap a model": swap_a_model,
    "change an annotation": change_an_annotation,
    "drop a default": drop_a_default,
}
