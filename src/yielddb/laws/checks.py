"""Law: a check says what it tests, what helps, and what it catches; it uses public names only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from yielddb.answers import checks_of
from yielddb.catalogue import Lesson
from yielddb.checking import CheckFacts
from yielddb.problems import Problem

CHECK_MAY_IMPORT = {"pytest", "httpx", "yielddb.checking"}
STANDARD = {"datetime", "json", "re", "sqlite3", "time", "uuid", "urllib.parse", "contextlib"}
SOLUTION_MAY_IMPORT = {"fastapi", "pydantic", "sqlalchemy", "os", "contextlib", "typing"}


def problems(lesson: Lesson) -> Iterator[Problem]:
    """What is wrong with the check file and the imports of the solution."""
    try:
        tree = ast.parse(lesson.check.read_text("utf-8"))
        facts = checks_of(lesson.check)
    except Exception as error:  # whatever a check file does at import, it is the file's fault
        says = f"can't be imported: {type(error).__name__}: {error}"
        yield Problem(lesson.check, 0, says, "mend it")
        return
    if not facts:
        yield Problem(lesson.check, 0, "there is no check", "write a function test_...")
    lines = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    known = set(lesson.course.misconceptions)
    seen: set[str] = set()
    for name, check in facts.items():
        for line, says, fix in _of_one(lines[name], check, known, seen):
            yield Problem(lesson.check, line, f"{name} {says}", fix)
        seen.add(name)
    yield from _asserts(lesson, tree)
    yield from _imports(lesson, tree)


def _of_one(
    function: ast.FunctionDef, facts: CheckFacts, known: set[str], seen: set[str]
) -> Iterator[tuple[int, str, str]]:
    line = function.lineno
    doc = (ast.get_docstring(function) or "").splitlines()
    if not doc:
        yield line, "has no docstring", "say what the learner's app does, in lower case"
    elif doc[0].endswith("."):
        yield line, "has a docstring that ends with a full stop", "remove it: it is a title"
    if not facts.hints:
        yield line, "has no hint", "add @hint(...)"
    if not facts.edits:
        yield line, "catches nothing", "add @catches(...): a check that catches nothing is noise"
    for edit in facts.edits:
        if edit.misconception not in known:
            yield line, f"names no known misconception: {edit.misconception}", "add it to the table"
    for name in facts.after:
        if name not in seen:
            yield line, f"waits for {name}, which does not stand above it", "mend @after"


def _asserts(lesson: Lesson, tree: ast.Module) -> Iterator[Problem]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.msg is None:
            fix = 'add it: assert ..., "what the contract says"'
            yield Problem(lesson.check, node.lineno, "an assert without the contract", fix)


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def _imports(lesson: Lesson, tree: ast.Module) -> Iterator[Problem]:
    for line, name in _imported(tree):
        if name not in CHECK_MAY_IMPORT | STANDARD:
            fix = "use pytest, httpx and yielddb.checking alone"
            yield Problem(lesson.check, line, f"imports {name}", fix)
    for path in sorted(lesson.solution.rglob("*.py")):
        for line, name in _imported(ast.parse(path.read_text("utf-8"))):
            own = name.startswith(".") or (lesson.solution / f"{name.split('.')[0]}.py").exists()
            if not own and name.split(".")[0] not in SOLUTION_MAY_IMPORT:
                says = f"imports {name}, which no lesson teaches"
                yield Problem(path, line, says, "do without it")
