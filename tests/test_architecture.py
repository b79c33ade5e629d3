"""The rooms of the engine: who may import whom, and what no module may know."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yielddb.catalogue import Course

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "src/yielddb"
COURSE = Course(ROOT)

# Every module that shows something belongs to one front: a package or module of its own.
FRONTS = {"terminal", "notebook", "batch", "site", "browser"}
# What puts fronts together for the command line; nobody imports it.
WIRING = {"__main__", "cli", "dev"}
# A package's `__init__` is imported by everybody, so what it imports from a front comes late.
LATE = {("", "notebook.magics"): "IPython calls load_ipython_extension in the package itself"}

MAX_LINES = 250
MAX_FUNCTION = 40
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
# A slug may be a common word; where a module means the word: (module, word) -> why.
COMMON_WORDS: dict[tuple[str, str], str] = {}

# What is a name of ours, not a folder of a course: (module, text) -> why.
FOLDER_WORDS = {
    ("workspace.progress", "lessons"): "a key of the progress file",
    ("terminal.shelf", "lessons"): "a key of the JSON that `progress` prints",
    ("terminal.mutants", "lessons"): "a key of the JSON that `dev mutants` prints",
    ("laws.notebooks", "lessons"): "a key of the progress file",
    ("verdict", "checks"): "a key of the verdict",
    ("browser.front", "checks"): "a key of the verdict",
    ("browser.facts", "lessons"): "a key of the manifest beside the runtime",
    ("judging.reading", "notebooks"): "a folder that learners hand in with their app",
    ("batch.records", "checks"): "an option of `yielddb grade`",
    ("batch.parcels", "checks"): "a key of what two machines compare",
    ("site.building", "lessons"): "a part of an address of the site",
    ("site.pages", "lessons"): "a part of an address of the site",
    ("site.playground", "lessons"): "a key of the runtime's manifest",
    ("site.pages", "notebooks"): "a part of an address of the site",
    ("site.pages", "checks"): "a page of the reference",
    ("workspace.folder", "notebooks"): "the learner's copies, in the learner's own folder",
    ("lesson.building", "lessons"): "tells the reader of a notebook where its text is kept",
    (
        "terminal.start",
        "notebooks",
    ): "a part of an address in JupyterLab, below the learner's own folder",
}
FOLDERS = {"lessons", "notebooks", "solutions", "checks"}


def name_of(path: Path) -> str:
    """`laws.apps` for the engine's laws/apps.py; empty for the package itself."""
    parts = path.relative_to(ENGINE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): path for path in sorted(ENGINE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


def imported(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "." * node.level
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_engine(tree: ast.Module) -> set[str]:
    """The modules of the engine among them."""
    names = {name.removeprefix("yielddb.") for name in imported(tree)}
    return {name for name in names if name in MODULES}


def front_of(module: str) -> str | None:
    """The front a module belongs to; None for the core."""
    top = module.partition(".")[0]
    return top if top in FRONTS else None


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings of the code; docstrings are for people."""
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("module", MODULES)
def test_the_core_imports_no_front_and_no_front_another(module: str) -> None:
    """Fronts stand on the core, side by side; the command line alone knows several."""
    if module in WIRING - {"__main__"}:
        return
    mine = front_of(module)
    assert module == "__main__" or not of_engine(TREES[module]) & WIRING
    wrong = [
        name
        for name in of_engine(TREES[module])
        if front_of(name) not in (None, mine) and (module, name) not in LATE
    ]
    assert wrong == []


def test_relative_imports_hide_nothing() -> None:
    """The rule above reads absolute imports, so there are no others."""
    dotted = {m: [n for n in imported(tree) if n.startswith(".")] for m, tree in TREES.items()}
    assert {module: names for module, names in dotted.items() if names} == {}


@pytest.mark.parametrize("path", sorted(COURSE.checks_dir.glob("*.py")), ids=lambda path: path.stem)
def test_checks_import_the_public_names_alone(path: Path) -> None:
    """A check knows pytest, httpx, yielddb.checking and the standard library."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            known = name in {"pytest", "httpx", "yielddb.checking"}
            assert known or name.partition(".")[0] in sys.stdlib_module_names, name


def test_the_public_names_are_all_there() -> None:
    """`yielddb.checking` needs nothing of the engine: a check can be read by itself."""
    assert of_engine(TREES["checking"]) == set()


@pytest.mark.parametrize("module", MODULES)
def test_no_module_names_a_lesson(module: str) -> None:
    """No string is a lesson's slug or stem, no string holds a stem, no name holds a stem."""
    slugs = {lesson.slug for lesson in COURSE.lessons}
    stems = re.compile("|".join(rf"\b{lesson.stem}\b" for lesson in COURSE.lessons))
    found = [
        (line, text)
        for line, text in strings(TREES[module])
        if stems.search(text) or (text in slugs and (module, text) not in COMMON_WORDS)
    ]
    names = {node.id for node in ast.walk(TREES[module]) if isinstance(node, ast.Name)}
    names |= {n.attr for n in ast.walk(TREES[module]) if isinstance(n, ast.Attribute)}
    found += [(0, name) for name in names if stems.search(name.lstrip("_"))]
    assert found == []


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.py")), ids=lambda p: p.stem)
def test_no_test_names_a_lesson(path: Path) -> None:
    """The engine is tested on the toy course: no string of a test holds a real lesson's stem."""
    stems = re.compile("|".join(rf"\b{lesson.stem}\b" for lesson in COURSE.lessons))
    tree = ast.parse(path.read_text("utf-8"))
    assert [(line, text) for line, text in strings(tree) if stems.search(text)] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name != "catalogue"])
def test_only_the_catalogue_knows_the_folders(module: str) -> None:
    """No other module makes a path of `lessons`, `notebooks`, `solutions` or `checks`."""
    found = [
        (line, text)
        for line, text in strings(TREES[module])
        for word in FOLDERS & set(text.split("/"))
        if " " not in text and (module, word) not in FOLDER_WORDS
    ]
    assert found == []


def test_no_exception_is_left_over() -> None:
    """Each exception from the rules above is still needed."""
    words = {
        (module, word)
        for module, tree in TREES.items()
        for _, text in strings(tree)
        for word in FOLDERS & set(text.split("/"))
    }
    assert set(FOLDER_WORDS) <= words
    assert set(LATE) <= {(module, name) for module in TREES for name in of_engine(TREES[module])}


def test_late_imports_are_late() -> None:
    """What is excused as late does not happen when the package is imported."""
    for module, name in LATE:
        top = ast.Module([n for n in TREES[module].body if not isinstance(n, ast.FunctionDef)], [])
        assert name not in of_engine(top)


def test_small_rooms() -> None:
    """A module fits 250 lines; one that does not has a reason here, and no reason is left over."""
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    long = {name for name, size in sizes.items() if size > MAX_LINES}
    assert long == set(LONG_MODULES)


def test_small_functions() -> None:
    """A function fits 40 lines; one that does not has a reason here."""
    long = {
        f"{module}.{node.name}"
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
    }
    assert long == set(LONG_FUNCTIONS)


def test_every_module_says_what_it_is() -> None:
    """Each module begins with a docstring of one sentence."""
    for name, tree in TREES.items():
        first = (ast.get_docstring(tree) or "").splitlines()[:1]
        assert first, name
        assert first[0].endswith((".", ":")), name
