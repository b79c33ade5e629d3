"""`yielddb export`: the latest verdicts of a results database, in another system's format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yielddb.batch import formats, gradebooks
from yielddb.batch.pages import file_name
from yielddb.batch.records import Class, Graded, Student
from yielddb.batch.store import Store
from yielddb.batch.summary import faults
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.storage import write_atomically

Say = Callable[[str], object]

# one file for the class
WHOLE: dict[str, tuple[str, Callable[[Class], str]]] = {
    "canvas": ("canvas.csv", gradebooks.canvas),
    "moodle": ("moodle.csv", gradebooks.moodle),
    "csv": ("grades.csv", gradebooks.plain),
    "junit": ("junit.xml", formats.junit),
}
# one file for each submission, LESSON/STUDENT/name
EACH: dict[str, tuple[str, Callable[[Graded], str]]] = {
    "gradescope": ("results.json", formats.gradescope),
    "classroom50": ("result.json", formats.classroom50),
}
NAMES = ("gradescope", "classroom50", "canvas", "moodle", "junit", "csv")


def export(results: Path, to: str, out: Path | None, say: Say = lambda _: None) -> list[Path]:
    """Write the format `to`; `out` is a file or a folder, beside the results without it.

    Where a check itself broke there is no grade: such cells are empty, such files not written, and
    `say` is told. Raises Complaint for an unknown format, missing results, or a path that can't be
    written.
    """
    if to not in NAMES:
        raise Complaint(f"--to {to}: not a format; formats: {', '.join(NAMES)}")
    store = Store.read(results)
    try:
        classroom = _class(store)
    finally:
        store.close()
    for fault in faults(classroom):
        say(str(fault))
    home = results if results.is_dir() else results.parent
    if to in WHOLE:
        name, whole = WHOLE[to]
        target = out or home
        path = target / name if target.is_dir() or not target.suffix else target
        return [write(path, whole(classroom))]
    name, each = EACH[to]
    found = [x for x in classroom.verdicts.values() if not any(c.broke for c in x.verdict.checks)]
    if out is not None and out.suffix == ".json" and not out.is_dir():
        if len(found) != 1:
            raise Complaint(f"{out}: {len(found)} submissions need a folder: --out DIR")
        return [write(out, each(found[0]))]
    target = out or home / to
    return [write(target / one.slug / file_name(one.student) / name, each(one)) for one in found]


def _class(store: Store) -> Class:
    """The class as the database has it: lessons and unknown students in order of their names."""
    latest = {(one.student, one.slug): one for one in store.latest()}
    students = store.students()
    listed = {student.id for student in students}
    others = sorted({one for one, _ in latest} - listed, key=str.casefold)
    lessons = {slug: slug for slug in sorted({slug for _, slug in latest})}
    return Class((*students, *(Student(name) for name in others)), lessons, latest)


def write(path: Path, text: str) -> Path:
    """Write one file in one step; gives its path."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise Complaint(f"{path}: {error.strerror or error}; name another place: --out") from None
    return path
