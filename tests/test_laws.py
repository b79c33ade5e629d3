"""The laws of a course: each broken in one way, and found with its path and its remedy."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from yielddb import laws
from yielddb.catalogue import Course, Lesson
from yielddb.grade import Grader
from yielddb.laws import apps, checks, notebooks, parts, translations
from yielddb.lesson import translation
from yielddb.lesson.building import build_all
from yielddb.problems import Problem

TOY = Path(__file__).parent / "toy"
Found = tuple[str, int, str, str]
Break = Callable[[str, str, str], None]
Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def lawful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy course with its notebooks built, once for all tests."""
    root = tmp_path_factory.mktemp("lawful") / "toy"
    shutil.copytree(TOY, root, ignore=shutil.ignore_patterns("__pycache__", "notebooks", ".cache"))
    build_all(Course(root))
    return root


@pytest.fixture
def course(lawful: Path, tmp_path: Path) -> Course:
    """A copy to break."""
    root = tmp_path / "toy"
    shutil.copytree(lawful, root)
    return Course(root)


@pytest.fixture
def hello(course: Course) -> Lesson:
    return course.find("hello")


@pytest.fixture
def swap(course: Course) -> Break:
    """Replace a text that stands in a file of the course."""

    def replace(name: str, old: str, new: str) -> None:
        path = course.root / name
        source = path.read_text("utf-8")
        assert old in source
        path.write_text(source.replace(old, new, 1), "utf-8")

    return replace


def listed(course: Course, problems: Iterable[Problem]) -> list[Found]:
    """Problems with their paths from the course's root."""
    return [
        (p.path.relative_to(course.root).as_posix(), p.line, p.says, p.fix)
        for p in sorted(problems)
    ]


def quiet(_: str) -> None:
    """Nobody looks at the progress."""


# --- all laws in one run


def test_a_lawful_course(course: Course) -> None:
    """Nothing is wrong with the toy course; its notebook runs, as shipped and solved."""
    told: list[str] = []
    found = laws.problems(course, [course.find("hello")], progress=told.append)
    assert found == []
    assert told == [
        "the parts of the course",
        "01_hello: text and checks",
        "the freshness of the notebooks",
        "01_hello: solution",
        "01_hello: starter",
        "01_hello: edit 1 of 2",
        "01_hello: edit 2 of 2",
        "01_hello: notebook, as shipped and solved",
    ]


def test_all_problems_in_one_run(course: Course, swap: Break, golden: Golden) -> None:
    """Broken in many ways, a course is told of all of them at once, by path and line."""
    (course.notebooks_dir / "01_hello.ipynb").unlink()
    (course.checks_dir / "03_umbrella.py").touch()
    swap("checks/01_hello.py", '"""GET /hello greets"""', '"""GET /hello greets."""')
    swap("solutions/02_count/main.py", "        db.commit()\n", "        db.commit(\n")
    found = listed(course, laws.problems(course, run_notebooks=False))
    lines = [f"{path}:{line}: {says}\n  fix: {fix}\n" for path, line, says, fix in found]
    golden("laws_all_at_once.txt", "".join(lines))


def test_a_table_that_can_not_be_read(course: Course) -> None:
    """A broken table of misconceptions is a problem, not the end of the run."""
    path = course.lessons_dir / "misconceptions.yml"
    path.write_text("- no mapping\n")
    found = listed(course, laws.problems(course, [course.find("hello")], run_notebooks=False))
    says = f"a law can't go on: CatalogueError: {path}: expected a mapping of ids"
    fix = "mend what it names, then run this again"
    paths = ["lessons/01_hello.md", "notebooks", "solutions/01_hello"]  # each needs the table
    assert found == [(path, 0, says, fix) for path in paths]


# --- parts


def test_missing_parts(course: Course) -> None:
    """A solution without main.py and a check that is gone are named where they belong."""
    (course.solutions_dir / "01_hello/main.py").unlink()
    (course.checks_dir / "02_count.py").unlink()
    says = "this part of the lesson is missing"
    assert listed(course, parts.problems(course)) == [
        ("checks/02_count.py", 0, says, "write the checks"),
        ("solutions/01_hello/main.py", 0, says, "write the finished app"),
    ]


def test_a_folder_in_place_of_a_text(course: Course, hello: Lesson) -> None:
    """A folder with a lesson's name is no text."""
    hello.text.unlink()
    hello.text.mkdir()
    assert listed(course, parts.missing(hello)) == [
        (
            "lessons/01_hello.md",
            0,
            "this part of the lesson is missing",
            "write the text, or remove the other parts",
        )
    ]


def test_strays(course: Course) -> None:
    """What belongs to no lesson is found in each folder; translations and caches belong."""
    strays = [
        "checks/notes.txt",
        "lessons/01_hello.de.md",
        "lessons/03_umbrella.uk.md",
        "notebooks/03_umbrella.ipynb",
        "solutions/03_umbrella",
    ]
    for name in [*strays, "lessons/01_hello.uk.md", "checks/.hidden", "checks/__pycache__/a.pyc"]:
        path = course.root / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert listed(course, parts.problems(course)) == [
        (name, 0, "this belongs to no lesson", "move or delete it") for name in strays
    ]


def test_a_gap_in_the_numbers(course: Course) -> None:
    """The first lesson out of its place is named, with the command that moves it."""
    for lesson in course.lessons[1:]:
        for path in (lesson.text, lesson.check, lesson.solution, lesson.notebook):
            path.rename(path.with_name(path.name.replace("02_", "05_")))
    assert listed(course, parts.problems(Course(course.root))) == [
        (
            "lessons/05_count.md",
            0,
            "lesson 5 stands where lesson 2 is expected",
            "run `yielddb dev move count 2`",
        )
    ]


def test_one_slug_twice(course: Course, hello: Lesson) -> None:
    """Two lessons of one name can't be told apart."""
    for path in (hello.text, hello.check, hello.solution):
        copy = path.with_name(path.name.replace("01_", "03_"))
        (shutil.copytree if path.is_dir() else shutil.copy)(path, copy)
    says = "two lessons are called hello"
    assert listed(course, parts.problems(Course(course.root))) == [
        ("lessons/01_hello.md", 0, says, "rename one"),
        ("lessons/03_hello.md", 0, says, "rename one"),
    ]


def test_no_lesson_at_all(tmp_path: Path) -> None:
    """An empty folder is told how to begin."""
    course = Course(tmp_path)
    assert listed(course, parts.problems(course)) == [
        ("lessons", 0, "there is no lesson", "run `yielddb dev new 1 SLUG`")
    ]


# --- checks

CATCHES = "add @catches(...): a check that catches nothing is noise"
CHECK = "checks/01_hello.py"
MAIN = "solutions/01_hello/main.py"


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            CHECK,
            '    """GET /hello greets"""\n',
            "",
            (
                CHECK,
                9,
                "test_greets has no docstring",
                "say what the learner's app does, in lower case",
            ),
        ),
        (
            CHECK,
            "greets the town\n".strip() + '"""',
            'greets the town."""',
            (
                CHECK,
                18,
                "test_greets_the_town has a docstring that ends with a full stop",
                "remove it: it is a title",
            ),
        ),
        (
            CHECK,
            '@hint("Whom does it greet?", "The town.", "hello: return {...}")\n',
            '@hint("Whom does it greet?", "The town.")\n',
            (
                CHECK,
                18,
                "test_greets_the_town has 2 of 3 hints",
                "@hint(a question, the concept, the line to look at)",
            ),
        ),
        (
            CHECK,
            'def test_greets_the_town(client):\n    """GET /hello greets the town"""\n',
            'def test_greets_the_town(client, probe):\n    """GET /hello greets the town"""\n'
            "    facts = probe.settled()\n"
            '    assert facts, says("facts", saw=facts.sessions)\n',
            (
                CHECK,
                21,
                "test_greets_the_town hides that a probe saw it",
                "mark it: saw=inside(...)",
            ),
        ),
        (
            CHECK,
            "@catches('\"Hello town\"', becomes='\"Hello city\"', "
            'misconception="greeting-is-optional")\n',
            "",
            (CHECK, 17, "test_greets_the_town catches nothing", CATCHES),
        ),
        (
            CHECK,
            'misconception="greeting-is-optional")\n@hint("Whom',
            'misconception="umbrella")\n@hint("Whom',
            (
                CHECK,
                18,
                "test_greets_the_town names no known misconception: umbrella",
                "add it to the table",
            ),
        ),
        (
            CHECK,
            '@after("test_greets")',
            '@after("test_greets_the_town")',
            (CHECK, 18, "test_greets_the_town waits for test_greets_the_town, ", "mend @after"),
        ),
        (
            CHECK,
            ', \'{"greeting": "Hello town"}\'\n',
            "\n",
            (
                CHECK,
                21,
                "an assert without the contract",
                'add it: assert ..., "what the contract says"',
            ),
        ),
        (
            CHECK,
            "from yielddb.checking import",
            "import fastapi\nfrom yielddb.checking import",
            (CHECK, 3, "imports fastapi", "use pytest, httpx, yielddb.checking and the standard "),
        ),
        (
            CHECK,
            "def test_greets_the_town",
            "async def test_greets_the_town",
            (
                CHECK,
                0,
                "test_greets_the_town is no plain function of this file",
                "write it as `def` at the top level of this file",
            ),
        ),
        (
            CHECK,
            "from yielddb.checking import",
            "from yielddb.checking import umbrella,",
            (
                CHECK,
                0,
                "01_hello.py can't be imported: ImportError: cannot import name 'umbrella'",
                "mend the check",
            ),
        ),
        (
            CHECK,
            "def test_greets(client):",
            "def test_greets(client)",
            (
                CHECK,
                0,
                "01_hello.py can't be imported: SyntaxError: expected ':'",
                "mend the check",
            ),
        ),
        (
            MAIN,
            "from fastapi import FastAPI",
            "import flask.app\nfrom fastapi import FastAPI",
            (MAIN, 3, "imports flask.app, which no lesson teaches", "do without it"),
        ),
        (
            MAIN,
            "def hello():",
            "def hello(:",
            (MAIN, 9, "is no Python: invalid syntax", "mend it"),
        ),
    ],
    ids=lambda value: value[2] if isinstance(value, tuple) else "",
)
def test_laws_of_checks(
    course: Course, hello: Lesson, swap: Break, name: str, old: str, new: str, expected: Found
) -> None:
    """Each slip in a check file or in the imports of a solution is one problem."""
    swap(name, old, new)
    ((path, line, says, fix),) = listed(course, checks.problems(hello))
    assert (path, line) == expected[:2]
    assert says.startswith(expected[2])
    assert fix.startswith(expected[3])


def test_a_check_file_without_checks(course: Course, hello: Lesson) -> None:
    """An empty check file checks nothing."""
    hello.check.write_text("")
    assert listed(course, checks.problems(hello)) == [
        (CHECK, 0, "there is no check", "write a function test_...")
    ]


def test_a_solution_imports_its_own_modules(course: Course, hello: Lesson, swap: Break) -> None:
    """Modules and packages beside main.py are the solution's own."""
    (hello.solution / "towns.py").write_text("from .shop import items\n")
    (hello.solution / "shop").mkdir()
    swap(MAIN, "from fastapi", "import shop.items\nfrom towns import lviv\nfrom fastapi")
    assert list(checks.problems(hello)) == []


# --- apps


def of_apps(course: Course, lesson: Lesson, grader: Grader) -> list[Found]:
    return listed(course, apps.problems(lesson, grader, quiet))


SOLUTION = "solutions/01_hello"
SHARPEN = "sharpen the check, or mend its @catches"


def test_a_solution_that_fails(course: Course, grader: Grader, swap: Break) -> None:
    """A solution that fails an earlier lesson's check is told where, and what to run."""
    swap("solutions/02_count/main.py", "Hello town", "Hello city")
    assert of_apps(course, course.find("count"), grader) == [
        (
            "solutions/02_count",
            0,
            'the solution fails hello.greets_the_town: 200 {"greeting":"Hello city"}',
            "run `yielddb check 01_hello PATH`",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "says", "fix"),
    [
        (
            '    return {"greeting": "Hello town"}\n    # END SOLUTION\n',
            '    # END SOLUTION\n    return {"greeting": "Hello town"}\n',
            "the starter passes",
            "leave more to write",
        ),
        (
            "app = FastAPI()\n",
            "# BEGIN SOLUTION: make the app\napp = FastAPI()\n# END SOLUTION\n",
            "the starter does not start: "
            "main.py line 9: NameError: name 'app' is not defined  in: @app.get(\"/hello\")",
            "a starter must import and fail at a check",
        ),
    ],
    ids=["passes", "does not start"],
)
def test_laws_of_the_starter(
    course: Course,
    hello: Lesson,
    grader: Grader,
    swap: Break,
    old: str,
    new: str,
    says: str,
    fix: str,
) -> None:
    """A starter leaves something to write, and starts."""
    swap(MAIN, old, new)
    assert of_apps(course, hello, grader) == [(SOLUTION, 0, says, fix)]


def test_marks_that_do_not_pair_up(
    course: Course, hello: Lesson, grader: Grader, swap: Break
) -> None:
    """A mark without its partner is named by file and line."""
    swap(MAIN, "    # BEGIN SOLUTION: answer", "    # answer")
    hello.check.write_text('def test_greets(client):\n    """greets"""\n')
    says = f"{hello.solution / 'main.py'}: line 12: END SOLUTION without BEGIN"
    assert of_apps(course, hello, grader) == [(SOLUTION, 0, says, "mend the marks")]


def test_nothing_left_to_write(course: Course, hello: Lesson, grader: Grader) -> None:
    """A solution without marks gives a starter with nothing to write."""
    path = hello.solution / "main.py"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if " SOLUTION" not in line))
    assert of_apps(course, hello, grader) == [
        (
            SOLUTION,
            0,
            "nothing is left to write",
            "put # BEGIN SOLUTION: ... and # END SOLUTION around what learners write",
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "becomes='\"Hello city\"'",
            'becomes=\'"Hello " + "town"\'',
            "test_greets_the_town: it passes the app with "
            '\'"Hello " + "town"\' for \'"Hello town"\'',
        ),
        (
            "@catches('\"Hello town\"', becomes='\"Hello city\"'",
            "@catches('\"greeting\"', becomes='\"greting\"'",
            "test_greets_the_town: '\"greting\"' for '\"greeting\"' fails first at "
            'hello.greets: 200 {"greting":"Hello town"}',
        ),
        (
            "@catches('\"Hello town\"'",
            "@catches('\"Hello village\"'",
            "test_greets_the_town: '\"Hello village\"' occurs 0 times in main.py, not once",
        ),
        (
            "becomes='\"Hello city\"'",
            "becomes='x', file=\"db.py\"",
            "test_greets_the_town: there is no db.py in the solution",
        ),
    ],
    ids=["passes", "fails elsewhere", "is gone", "in no file"],
)
def test_laws_of_edits(
    course: Course, hello: Lesson, grader: Grader, swap: Break, old: str, new: str, says: str
) -> None:
    """An edit applies, and its check is the first to fail on it."""
    swap(CHECK, old, new)
    assert of_apps(course, hello, grader) == [(CHECK, 0, says, SHARPEN)]


def test_a_check_file_that_breaks_has_no_edits(
    course: Course, hello: Lesson, grader: Grader
) -> None:
    """A check file that can't be imported keeps solution and starter from being judged."""
    hello.check.write_text("raise LookupError('umbrella')\n")
    try:
        found = of_apps(course, hello, grader)
    except KeyboardInterrupt:  # it would end the whole test run
        pytest.fail("a check file that can't be imported is taken for Ctrl-C")
    assert {path for path, _, _, _ in found} == {SOLUTION}
    assert all("LookupError: umbrella" in says for _, _, says, _ in found)


def test_a_grader_reads_the_checks_of_the_lesson_it_is_given(
    hello: Lesson, grader: Grader, swap: Break
) -> None:
    """Of two courses with a lesson of one name, each is judged by its own checks, as they are."""

    def title(lesson: Lesson) -> str:
        return grader.grade(lesson, hello.solution).checks[1].title

    assert title(grader.course.find("hello")) == "GET /hello greets"
    swap(CHECK, '"""GET /hello greets"""', '"""GET /hello is kind"""')
    assert title(hello) == "GET /hello is kind"
    swap(CHECK, '"""GET /hello is kind"""', '"""GET /hello is polite"""')
    assert title(hello) == "GET /hello is polite"


# --- translations


def translated(course: Course, swaps: dict[str, str]) -> list[Found]:
    """The problems of a translation of lesson 2 that differs from it by `swaps`."""
    lesson = course.find("count")
    text = lesson.text.read_text("utf-8")
    for old, new in swaps.items():
        assert old in text
        text = text.replace(old, new, 1)
    made_from = f'english: "{translation.fingerprint(lesson.text)}"'
    text = text.replace("\n---\n", f"\n{made_from}\n---\n", 1)
    lesson.translation("uk").write_text(text, "utf-8")
    return listed(course, translations.problems(lesson))


UK = "lessons/02_count.uk.md"
OTHER = "copy what is not prose"


@pytest.mark.parametrize(
    ("swaps", "expected"),
    [
        ({"A commit makes a row last.": "Коміт зберігає рядок."}, None),
        ({"title: Count\n": ""}, (1, "the front matter has no title", "translate it")),
        (
            {"id: one-note": "id: two-notes"},
            (
                0,
                "other blocks than in English: missing ['trace one-note'], "
                "extra ['trace two-notes']",
                "same kinds, ids and order in all languages",
            ),
        ),
        (
            {"```starter\nid: starter\n```": ""},
            (
                0,
                "other blocks than in English: missing ['starter starter'], extra none",
                "same kinds, ids and order in all languages",
            ),
        ),
        (
            {"print(2 + 2)": "print(2 + 3)"},
            (
                0,
                "the code cells differ from the English ones",
                "copy the cells; only prose is translated",
            ),
        ),
        (
            {"cell: sum": "cell: total"},
            (23, "the block how-many refers to other code than in English", OTHER),
        ),
        (
            {"requests:\n  - 'POST /notes": "requests:\n  - 'PUT /notes"},
            (43, "the block one-note refers to other code than in English", OTHER),
        ),
        (
            {"    db.flush()": "    db.refresh()"},
            (52, "the block arrange-add refers to other code than in English", OTHER),
        ),
        (
            {"## Look up": "### Look up"},
            (
                0,
                "9 sections, 10 in English",
                "the same steps in the same order, their titles translated",
            ),
        ),
        (
            {"breaks: test_keeps": "breaks: test_counts"},
            (64, "the block lost-note refers to other code than in English", OTHER),
        ),
    ],
    ids=lambda value: (value[1] if isinstance(value, tuple) else "") or "",
)
def test_laws_of_translations(
    course: Course, swaps: dict[str, str], expected: tuple[int, str, str] | None
) -> None:
    """A translation changes prose alone: each other difference is one problem."""
    found = translated(course, swaps)
    assert found == ([(UK, *expected)] if expected else [])


def test_a_stale_translation_is_listed(course: Course) -> None:
    """When the English text changes, the line to put is named; putting it settles the matter."""
    assert translated(course, {}) == []
    lesson = course.find("count")
    text = lesson.text.read_text("utf-8")
    lesson.text.write_text(text.replace("A commit makes", "Only a commit makes"), "utf-8")
    ((path, line, says, fix),) = listed(course, translations.problems(lesson))
    assert (path, line) == (UK, 1)
    assert says == "the English text is not the one this was translated from"
    found = re.search(r'put `(english: "\w{12}")` into', fix)
    assert found
    other = lesson.translation("uk")
    told = re.sub(r'english: "\w{12}"', found[1], other.read_text("utf-8"))
    other.write_text(told, "utf-8")
    assert listed(course, translations.problems(lesson)) == []


def test_a_block_that_can_not_be_read(course: Course) -> None:
    """A slip in a block of a translation is told as in English, beside the block that is gone."""
    found = translated(course, {"caption: The row": "captoin: The row"})
    assert {path for path, _, _, _ in found} == {UK}
    assert len(found) >= 2


def test_no_translation_is_no_problem(hello: Lesson) -> None:
    """A lesson that nobody translated yet is lawful."""
    assert list(translations.problems(hello)) == []


# --- notebooks


def edit_notebook(lesson: Lesson, change: Callable[[list[dict[str, object]]], None]) -> None:
    book = json.loads(lesson.notebook.read_text("utf-8"))
    change(book["cells"])
    lesson.notebook.write_text(json.dumps(book), "utf-8")


def code(source: str, name: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


NOTEBOOK = "notebooks/01_hello.ipynb"


def test_a_notebook_that_is_not_built(course: Course, hello: Lesson) -> None:
    """A missing notebook is the law of freshness's to tell."""
    hello.notebook.unlink()
    assert list(notebooks.problems(hello)) == []


def test_a_notebook_without_its_app(course: Course, hello: Lesson) -> None:
    """Without a `%%app` cell there is nothing to solve."""
    edit_notebook(hello, lambda cells: cells.clear())
    expected = (NOTEBOOK, 0, "0 %%app cells", "the text has one `starter` block")
    assert set(listed(course, notebooks.problems(hello))) == {expected}


def test_a_notebook_that_does_not_run(course: Course, hello: Lesson) -> None:
    """Cells that raise or write to stderr are told for both runs, a check never run for one."""

    def spoil(cells: list[dict[str, object]]) -> None:
        cells[:] = [cell for cell in cells if "".join(cell["source"]).strip() != "%check"]
        cells.append(code("import sys; print('wet', file=sys.stderr)", "wet"))
        cells.append(code("raise LookupError('umbrella')", "lost"))

    edit_notebook(hello, spoil)
    raises = "a cell raises LookupError: umbrella (\"raise LookupError('umbrella')\")"
    stderr = "a cell writes to stderr: 'wet\\n' (\"import sys; print('wet', file=sys.stderr\")"
    mend = "mend the cell in the text"
    assert listed(course, notebooks.problems(hello)) == [
        (NOTEBOOK, 0, f"as shipped: {raises}", mend),
        (NOTEBOOK, 0, f"as shipped: {stderr}", mend),
        (
            NOTEBOOK,
            0,
            "with the solution: %check says not passed",
            "run it in JupyterLab and read the verdict",
        ),
        (NOTEBOOK, 0, f"with the solution: {raises}", mend),
        (NOTEBOOK, 0, f"with the solution: {stderr}", mend),
    ]
