"""Reads the roster of a class, a CSV with student id, name and e-mail, as spreadsheets save it."""

from __future__ import annotations

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from yielddb.batch.records import Student
from yielddb.workspace.complaint import Complaint

BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
HEADINGS = {
    "id": {"id", "student id", "student", "id number", "sis user id", "username"},
    "name": {"name", "full name", "student name"},
    "email": {"email", "e-mail", "email address", "e-mail address", "mail"},
}
MAX_BYTES = 10 << 20  # a hundred thousand students


@dataclass(slots=True)
class Roster:
    """The students in the file's order, and what is odd about it."""

    students: list[Student] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def find(self, handed_in: str) -> Student | None:
        """Who handed in under this name: an id, an e-mail or its first part, or a full name."""
        wanted = _folded(handed_in)
        for names in (_ids, _emails, _names):
            found = [one for one in self.students if wanted in names(one)]
            if len(found) == 1:
                return found[0]
        return None


def _ids(student: Student) -> list[str]:
    return [_folded(student.id)]


def _emails(student: Student) -> list[str]:
    email = _folded(student.email)
    return [email, email.partition("@")[0]] if email else []


def _names(student: Student) -> list[str]:
    return [_folded(student.name)] if student.name else []


def _folded(name: str) -> str:
    words = re.split(r"[\s_]+", unicodedata.normalize("NFC", name).casefold())
    return " ".join(word for word in words if word)


def read_roster(path: Path) -> Roster:
    """The roster at `path`, in UTF-8 or UTF-16; a student who is there twice counts once.

    Raises Complaint for a file that is no such table.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Complaint(f"{path}: larger than {MAX_BYTES >> 20} MiB; name the roster's CSV")
        raw = path.read_bytes()
    except OSError as error:
        raise Complaint(f"{path}: {error.strerror or error}; name the roster's CSV") from None
    encoding = next((name for bom, name in BOMS.items() if raw.startswith(bom)), "utf-8")
    try:
        text = raw.decode(encoding)
        rows = list(csv.reader(text.splitlines(), delimiter=_delimiter(text), strict=False))
    except UnicodeError:
        raise Complaint(f"{path}: not UTF-8; save it as 'CSV UTF-8' in your spreadsheet") from None
    except csv.Error as error:
        raise Complaint(f"{path}: no CSV ({error}); save it as 'CSV UTF-8' again") from None
    return _roster(path, [row for row in rows if any(cell.strip() for cell in row)])


def _delimiter(text: str) -> str:
    """What separates the cells of the first line; spreadsheets follow the country."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _roster(path: Path, rows: Iterable[list[str]]) -> Roster:
    head, *rest = [*rows] or [[]]
    columns = {
        kind: number
        for kind, names in HEADINGS.items()
        for number, cell in reversed([*enumerate(head)])
        if _folded(cell) in {name.replace("_", " ") for name in names}
    }
    if "id" not in columns:
        raise Complaint(f"{path}: no column for the id; its first line: student id,name,e-mail")
    roster = Roster()
    seen: dict[str, Student] = {}
    for number, row in enumerate(rest, 2):
        cells = {kind: row[at].strip() for kind, at in columns.items() if at < len(row)}
        student = Student(
            **{"id": "", **{kind: unicodedata.normalize("NFC", x) for kind, x in cells.items()}}
        )
        if not student.id:
            roster.notes.append(f"{path.name}, row {number}: no id; left out")
        elif first := seen.get(_folded(student.id)):
            same = "once is enough" if first == student else "the first row counts"
            roster.notes.append(f"{path.name}, row {number}: {student.id} is there twice; {same}")
        else:
            seen[_folded(student.id)] = student
            roster.students.append(student)
    if not roster.students:
        raise Complaint(f"{path}: no student in it; a line for each: student id,name,e-mail")
    return roster
