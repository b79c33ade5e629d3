"""Answers that no text stores: they come out of the solution, the checks and the cells."""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import runpy
import textwrap
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.checking import CheckFacts, facts_of
from yielddb.lesson.blocks import Debug, Parsons
from yielddb.starter import solution_files, without_marks

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class AnswerError(LookupError):
    """There is no answer; `says` tells why and `fix` what to do."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(f"{says}; {fix}")
        self.says, self.fix = says, fix


def app_files(lesson: Lesson) -> dict[Path, str]:
    """The files of the finished app, marks removed.

    Raises AnswerError for one that is no Python.
    """
    files = {path: without_marks(text) for path, text in solution_files(lesson.solution).items()}
    for path, source in files.items():
        try:
            if path.suffix == ".py":
                ast.parse(source)
        except SyntaxError as error:
            says = f"the solution's {path} is no Python: {error.msg}, line {error.lineno}"
            raise AnswerError(says, "mend the solution") from None
    return files


def scattered(text: str, seed: str) -> str:
    """A sort key that is the same in every build and tells nothing."""
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()


# --- parsons


def definition(source: str, name: str) -> Definition | None:
    """The function, class or `Class.method` of that name."""
    nodes: list[ast.stmt] = ast.parse(source).body
    found = None
    for part in name.split("."):
        found = next((n for n in nodes if isinstance(n, DEFINITIONS) and n.name == part), None)
        nodes = found.body if found else []
    return found


def span(node: ast.stmt) -> tuple[int, int]:
    """The lines of a statement, its decorators included, as a slice."""
    decorators = node.decorator_list if isinstance(node, DEFINITIONS) else []
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return first - 1, node.end_lineno or node.lineno


def source_of(source: str, name: str) -> str | None:
    """The dedented text of a definition, or None."""
    node = definition(source, name)
    if node is None:
        return None
    begin, end = span(node)
    return textwrap.dedent("\n".join(source.splitlines()[begin:end]))


def statements(source: str) -> list[str]:
    """The logical lines of code; one may span several lines. Comments and blanks are gone."""
    lines = source.splitlines()
    found, first = [], None
    for token in tokenize.generate_tokens(io.StringIO(source + "\n").readline):
        if token.type == tokenize.NEWLINE and first is not None:
            found.append("\n".join(lines[first - 1 : token.start[0]]))
            first = None
        elif first is None and token.type not in _NO_CODE:
            first = token.start[0]
    return found


_NO_CODE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Lines to choose from, in an order of no meaning, and the answer."""

    choices: tuple[str, ...]
    answer: tuple[str, ...]


def puzzle(lesson: Lesson, block: Parsons) -> Puzzle:
    """The lines of the named code.

    Raises AnswerError when the name is gone.
    """
    files = app_files(lesson)
    sources = (source_of(text, block.code) for path, text in files.items() if path.suffix == ".py")
    source = next((text for text in sources if text), None)
    if source is None:
        fix = "name a function, a class or Class.method of it"
        raise AnswerError(f"the solution has no `{block.code}`", fix)
    answer = tuple(statements(source))
    choices = {*(line.strip() for line in answer), *(d.line.strip() for d in block.distractors)}
    return Puzzle(tuple(sorted(choices, key=lambda x: scattered(x, block.id))), answer)


# --- debug


@dataclass(frozen=True, slots=True)
class Breakage:
    """A right app and a broken one, and what the reader sees of the change."""

    right: Mapping[Path, str]
    broken: Mapping[Path, str]
    shown: str  # the changed part of the broken app
    diff: str  # from the broken part to the right one


def checks_of(check: Path) -> dict[str, CheckFacts]:
    """The checks of a file by the names of their functions, in order.

    Raises AnswerError when the file can't be imported.
    """
    try:
        names = runpy.run_path(str(check))
    except Exception as error:  # whatever its own lines raise
        says = f"{check.name} can't be imported: {type(error).__name__}: {error}"
        raise AnswerError(says, "mend the check") from None
    return {n: facts_of(f) for n, f in names.items() if n.startswith("test_") and callable(f)}


def breakage(lesson: Lesson, block: Debug) -> Breakage:
    """The solution with the first edit of the check that the block names.

    Raises AnswerError when the check, its edit or the edited text is gone.
    """
    if not lesson.check.exists():
        raise AnswerError(f"there is no {lesson.check.name}", "write the checks first")
    checks = checks_of(lesson.check)
    if block.breaks not in checks:
        fix = f"checks: {', '.join(checks) or 'none'}"
        raise AnswerError(f"{lesson.check.name} has no check `{block.breaks}`", fix)
    if not checks[block.breaks].edits:
        raise AnswerError(f"`{block.breaks}` catches no edit", "add @catches to the check")
    edit = checks[block.breaks].edits[0]
    right = app_files(lesson)
    path = Path(edit.file)
    try:
        after = edit.apply(right.get(path, ""))
    except ValueError as error:
        raise AnswerError(f"the edit of `{block.breaks}`: {error}", "mend its @catches") from None
    shown, whole = _around(after, right[path]), _around(right[path], after)
    diff = difflib.unified_diff(shown.splitlines(), whole.splitlines(), lineterm="", n=99)
    return Breakage(right, {**right, path: after}, shown, "\n".join(list(diff)[3:]))


def _around(source: str, other: str) -> str:
    """The top-level statements of `source` in which it differs from `other`."""
    lines = source.splitlines()
    matcher = difflib.SequenceMatcher(None, lines, other.splitlines(), autojunk=False)
    changes = [(b, e) for tag, b, e, _, _ in matcher.get_opcodes() if tag != "equal"]
    begin, end = changes[0][0], max(changes[-1][1], changes[0][0] + 1)
    spans = [span(node) for node in ast.parse(source).body]
    touched = [(b, e) for b, e in spans if b < end and e > begin]
    begin = min([begin, *(b for b, _ in touched)])
    end = max([end, *(e for _, e in touched)])
    return "\n".join(lines[begin:end]).strip("\n")
