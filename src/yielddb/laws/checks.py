"""Law: a check says what it tests, what helps, and what it catches; it uses public names only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.checking import CheckFacts
from yielddb.laws.probes import unmarked
from yielddb.lesson.answers import AnswerError, checks_of
from yielddb.problems import Problem

STEPS = 3  # `yielddb hint` shows them one by one
MAX_HINT = 68  # columns beside the label of a verdict in a terminal of 80
CHECK_MAY_IMPORT = {"pytest", "httpx", "yielddb.checking"}
SOLUTION_MAY_IMPORT = {"fastapi", "pydantic", "sqlalchemy", "os", "contextlib", "typing"}


def problems(lesson: Lesson) -> Iterator[Problem]:
    """What is wrong with the check file and the imports of the solution."""
    try:
        facts = checks_of(lesson.check)
    except AnswerError as error:
        yield Problem(lesson.check, 0, error.says, error.fix)
        return
    tree = ast.parse(lesson.check.read_text("utf-8"))
    if not facts:
        yield Problem(lesson.check, 0, "there is no check", "write a function test_...")
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    known = set(lesson.course.misconceptions)
    seen: set[str] = set()
    for name, check in facts.items():
        if name not in functions:
            fix = "write it as `def` at the top level of this file"
            yield Problem(lesson.check, 0, f"{name} is no plain function of this file", fix)
            continue
        for line, says, fix in _of_one(functions[name], check, known, seen):
            yield Problem(lesson.check, line, f"{name} {says}", fix)
        seen.add(name)
    yield from _asserts(lesson, tree)
    yield from _unmarked(lesson, tree)
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
    if len(facts.hints) != STEPS:
        says = f"has {len(facts.hints)} of {STEPS} hints"
        yield line, says, "@hint(a question, the concept, the line to look at)"
    for step in facts.hints:
        if len(step) > MAX_HINT:
            yield line, f"has a hint of {len(step)} characters", f"a terminal shows {MAX_HINT}"
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


def _unmarked(lesson: Lesson, tree: ast.Module) -> Iterator[Problem]:
    """Messages that tell what a probe saw as if everybody could see it."""
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            for line in unmarked(function):
                fix = "mark it: saw=inside(...)"
                yield Problem(lesson.check, line, f"{function.name} hides that a probe saw it", fix)


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def _imports(lesson: Lesson, tree: ast.Module) -> Iterator[Problem]:
    for line, name in _imported(tree):
        if name not in CHECK_MAY_IMPORT and name.split(".")[0] not in sys.stdlib_module_names:
            fix = "use pytest, httpx, yielddb.checking and the standard library alone"
            yield Problem(lesson.check, line, f"imports {name}", fix)
    for path in sorted(lesson.solution.rglob("*.py")):
        try:
            source = ast.parse(path.read_text("utf-8"))
        except SyntaxError as error:
            yield Problem(path, error.lineno or 0, f"is no Python: {error.msg}", "mend it")
            continue
        for line, name in _imported(source):
            if not _is_own(lesson.solution, name) and _first(name) not in SOLUTION_MAY_IMPORT:
                says = f"imports {name}, which no lesson teaches"
                yield Problem(path, line, says, "do without it")


def _first(name: str) -> str:
    return name.split(".")[0]


def _is_own(solution: Path, name: str) -> bool:
    """Is it a module or a package of the solution itself?"""
    own = solution / _first(name)
    return name.startswith(".") or own.is_dir() or own.with_suffix(".py").exists()
