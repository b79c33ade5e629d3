"""Follows what a probe saw through a check, up to the words in which a learner is told of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

PROBE = "probe"


def unmarked(function: ast.FunctionDef) -> Iterator[int]:
    """Lines with `saw=...` that tells something of the probe's and does not go through inside()."""
    if PROBE not in {argument.arg for argument in function.args.args}:
        return
    known = _of_the_probe(function)
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and _called(call) == "says":
            for keyword in call.keywords:
                told = keyword.arg == "saw" and _tells(keyword.value, known)
                if told and not _is_marked(keyword.value, function):
                    yield call.lineno


def _of_the_probe(function: ast.FunctionDef) -> set[str]:
    """Names that hold what the probe saw, in the order in which they get it."""
    known = {PROBE}
    for node in ast.walk(function):
        if isinstance(node, ast.With):
            for item in node.items:
                if item.optional_vars is not None and _tells(item.context_expr, known):
                    known |= _names(item.optional_vars)
        elif isinstance(node, ast.Assign) and _tells(node.value, known):
            known |= set().union(*map(_names, node.targets))
    return known


def _is_marked(value: ast.expr, function: ast.FunctionDef) -> bool:
    """Does `inside` stand around it, here or where the name got its value?"""
    if isinstance(value, ast.Name):
        given = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and value.id in set().union(*map(_names, node.targets))
        ]
        return all(_is_marked(one, function) for one in given if not isinstance(one, ast.Name))
    return isinstance(value, ast.Call) and _called(value) == "inside"


def _tells(value: ast.expr, known: set[str]) -> bool:
    """Does it come from the probe? A helper that gets the probe last is about something else."""
    later = {
        id(argument)
        for call in ast.walk(value)
        if isinstance(call, ast.Call)
        for argument in call.args[1:]
    }
    named = [n for n in ast.walk(value) if isinstance(n, ast.Name) and id(n) not in later]
    return any(name.id in known for name in named)


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
