"""Which of several Python files defines the app, as far as the text tells; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

MAX_PARSED = 200_000  # bytes; a tree takes a thousand times the memory of its text


def candidates(files: Mapping[str, bytes], names: Sequence[str]) -> tuple[str, list[str]]:
    """The file with the app among `names`, the usual one first; and all of them, if several."""
    trees = {name: _parsed(files[name]) for name in names}
    making = [name for name in names if _defines_app(trees[name])]
    parsed = [name for name in making if trees[name]]
    several = making[:1] == parsed[:1] and len(parsed) > 1
    if several and any(_imports_from(trees[name], set(parsed) - {name}) for name in parsed):
        several = False  # one gets its app from another
    return (making or list(names))[0], parsed if several else []


def _parsed(source: bytes) -> ast.Module | None:
    if len(source) > MAX_PARSED:
        return None  # five million bytes take a minute and all memory
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # the app's own process will say what is wrong with it


def _defines_app(tree: ast.Module | None) -> bool:
    return tree is None or any("app" in _bound(node) for node in tree.body)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement of the module's top level binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id
        elif isinstance(inner, ast.alias):
            yield inner.asname or inner.name


def _imports_from(tree: ast.Module | None, others: set[str]) -> bool:
    """Does this file get its app from one of the others?"""
    stems = {part for name in others for part in name.removesuffix(".py").split("/")}
    return tree is not None and any(
        (isinstance(n, ast.ImportFrom) and (n.module or "").split(".")[0] in stems)
        or (isinstance(n, ast.Import) and any(a.name.split(".")[0] in stems for a in n.names))
        for n in ast.walk(tree)
    )
