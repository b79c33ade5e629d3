"""Where the parts of a course lie; the only module that knows its folder names."""

from __future__ import annotations

import difflib
import functools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yielddb.symptoms import Symptom, symptoms_of

STEM = re.compile(r"(?P<number>\d{2,})_(?P<slug>[a-z][a-z0-9_]*)")
LANGUAGES = ("uk", "ru")  # beside English, which alone is executed
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


class CatalogueError(ValueError):
    """A lesson or a part of the course that is not there; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson: its number is its order, its slug is its identity."""

    number: int
    slug: str
    course: Course

    @property
    def stem(self) -> str:
        """`05_get_db`: the name that the parts of the lesson share."""
        return f"{self.number:02d}_{self.slug}"

    @property
    def text(self) -> Path:
        """The lesson in English."""
        return self.course.lessons_dir / f"{self.stem}.md"

    def translation(self, language: str) -> Path:
        """Where the text in another language (a code such as `uk`) belongs."""
        return self.course.lessons_dir / f"{self.stem}.{language}.md"

    @property
    def notebook(self) -> Path:
        """The built notebook."""
        return self.course.notebooks_dir / f"{self.stem}.ipynb"

    @property
    def solution(self) -> Path:
        """The folder of the finished app."""
        return self.course.solutions_dir / self.stem

    @property
    def check(self) -> Path:
        """The pytest file that judges an app: an instructor's own where there is one."""
        name = f"{self.stem}.py"
        own = self.course.own_checks
        return own / name if own and (own / name).is_file() else self.course.checks_dir / name

    @property
    def front_matter(self) -> Mapping[str, Any]:
        """The YAML head of the text: title, goal, minutes."""
        return front_matter(self.text)

    @property
    def title(self) -> str:
        """The title in English."""
        return str(self.front_matter.get("title", self.slug))


def front_matter(path: Path) -> Mapping[str, Any]:
    """The YAML head of a lesson text.

    Raises CatalogueError when it is missing or is no mapping.
    """
    import yaml  # a page has no parser for it, and needs none

    match = FRONT_MATTER.match(path.read_text("utf-8"))
    try:
        head = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path}: the front matter is not YAML: {error}") from None
    if not isinstance(head, dict):
        raise CatalogueError(f"{path}: no front matter (title, goal, minutes between --- lines)")
    return head


@dataclass(frozen=True)
class Course:
    """A folder with `lessons/`, `notebooks/`, `solutions/` and `checks/`.

    A file in `own_checks`, a folder of an instructor, stands in for the check of that name.
    """

    root: Path
    own_checks: Path | None = None

    @property
    def lessons_dir(self) -> Path:
        """Texts, translations and the table of misconceptions."""
        return self.root / "lessons"

    @property
    def notebooks_dir(self) -> Path:
        """Built notebooks."""
        return self.root / "notebooks"

    @property
    def solutions_dir(self) -> Path:
        """A folder per finished app."""
        return self.root / "solutions"

    @property
    def checks_dir(self) -> Path:
        """A pytest file per lesson."""
        return self.root / "checks"

    @property
    def site_dir(self) -> Path:
        """The built site; it may not be there."""
        return self.root / "site"

    @property
    def runtime_dir(self) -> Path:
        """What runs the course in a page, as it was built; it may not be there."""
        return self.root / ".cache" / "runtime" / "out"

    @property
    def equivalent_mutants(self) -> Path:
        """Why some damages of a solution do no harm; only a clone has it."""
        return self.root / "tests" / "equivalent_mutants.yml"

    @property
    def zoo(self) -> Path:
        """Which verdict each app of the zoo must get; only a clone has it."""
        return self.root / "tests" / "zoo" / "manifest.yml"

    @property
    def attacks(self) -> Path:
        """What the drill tries on the sandbox, a folder for each group; only a clone has it."""
        return self.root / "tests" / "attacks"

    @property
    def benchmarks(self) -> Path:
        """Measured figures; only a clone has them."""
        return self.root / "benchmarks"

    @functools.cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in order, found by their texts."""
        stems = (STEM.fullmatch(path.stem) for path in self.lessons_dir.glob("*.md"))
        found = [Lesson(int(m["number"]), m["slug"], self) for m in stems if m]
        return tuple(sorted(found, key=lambda lesson: (lesson.number, lesson.slug)))

    @functools.cached_property
    def misconceptions(self) -> Mapping[str, Mapping[str, str]]:
        """The one table of misconceptions: id -> {belief, truth}, for some shows, clue, wants."""
        import yaml

        path = self.lessons_dir / "misconceptions.yml"
        try:
            table = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
        except yaml.YAMLError as error:
            raise CatalogueError(f"{path}: not YAML: {error}") from None
        if not isinstance(table, dict):
            raise CatalogueError(f"{path}: expected a mapping of ids")
        return table

    @functools.cached_property
    def symptoms(self) -> tuple[Symptom, ...]:
        """The misconceptions that a message gives away."""
        path, table = self.lessons_dir / "misconceptions.yml", self.misconceptions
        try:
            return symptoms_of(table)
        except ValueError as error:
            raise CatalogueError(f"{path}: no regular expression: {error}") from None
        except KeyError as error:
            raise CatalogueError(f"{path}: `shows` without {error}") from None

    def find(self, name: str) -> Lesson:
        """The lesson called `5`, `05`, `get_db` or `05_get_db`.

        Raises CatalogueError, naming the nearest lessons, when there is none.
        """
        wanted = name.strip().lower().replace("-", "_")
        for lesson in self.lessons:
            if wanted in (lesson.slug, lesson.stem) or (
                wanted.isdecimal() and int(wanted) == lesson.number
            ):
                return lesson
        names = [lesson.stem for lesson in self.lessons]
        slugs = {lesson.slug: lesson.stem for lesson in self.lessons}
        near = [slugs.get(n, n) for n in difflib.get_close_matches(wanted, [*names, *slugs], 3)]
        listed = ", ".join(dict.fromkeys(near)) or ", ".join(names) or "none here"
        raise CatalogueError(f"no lesson {name!r}; lessons: {listed}")


def default_course() -> Course:
    """The course at $YIELDDB_COURSE, else the one in the package, else the clone it runs from.

    Raises CatalogueError when the variable names a folder without lessons.
    """
    if named := os.environ.get("YIELDDB_COURSE"):
        course = Course(Path(named))
        if not course.lessons_dir.is_dir():
            raise CatalogueError(f"YIELDDB_COURSE={named}: there is no folder lessons/ in it")
        return course
    packaged = Path(__file__).parent / "course"
    return Course(packaged if packaged.is_dir() else Path(__file__).parents[2])
