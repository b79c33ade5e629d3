"""Keeps every verdict of a class, one transaction each, in a database that only grows."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yielddb.batch.records import RESULTS, Graded, Student
from yielddb.verdict import Verdict
from yielddb.workspace.complaint import Complaint

VERSION = 1  # of the tables below; in `user_version`
APPLICATION = 0x79646221  # "ydb!": marks the file as ours, in `application_id`
MAGIC = b"SQLite format 3\0"
BUSY_S = 10.0  # a reader, such as `yielddb export`, is done much sooner

TABLES = f"""
begin immediate;
create table if not exists verdict (
  id integer primary key autoincrement,
  student text not null,
  lesson text not null,
  submission text not null,
  key text not null,
  graded text not null,
  record text not null
);
create index if not exists verdict_of on verdict (student, lesson, key);
create table if not exists student (
  id text primary key, place integer, name text not null, email text not null
);
pragma application_id = {APPLICATION};
pragma user_version = {VERSION};
commit;
"""
# the order of rows is the order of grading, whatever the clock did in between
LATEST = """
select student, lesson, submission, graded, record from verdict
where id in (select max(id) from verdict group by student, lesson) order by id
"""


class Store:
    """The results database; each method raises Complaint for what the file or disk refuses."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or create the database for writing."""
        with _told(path):
            store = cls(path, sqlite3.connect(path, timeout=BUSY_S, isolation_level=None))
        try:
            store._check()
            with _told(path):
                store.connection.execute("pragma journal_mode = wal")
                store.connection.execute("pragma synchronous = full")
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def read(cls, path: Path) -> Store:
        """Open what is there: `results.db`, or the folder that has it."""
        path = path / RESULTS if path.is_dir() else path
        if not path.is_file():
            raise Complaint(f"{path}: there are no results; make them: yielddb grade DIR")
        if path.name != RESULTS and not path.read_bytes().startswith(MAGIC):
            raise Complaint(f"{path}: not a results database; name the results' folder")
        return cls.open(path)

    def _check(self) -> None:
        """Refuse a file that is not ours, newer than we are, or damaged."""
        with _told(self.path):
            (tables,) = self._one("select count(*) from sqlite_master")
            (application,) = self._one("pragma application_id")
            (version,) = self._one("pragma user_version")
            if not tables and not application:
                self.connection.executescript(TABLES)
                return
            if application != APPLICATION:
                raise Complaint(f"{self.path}: not a results database; choose another --out")
            if version > VERSION:
                raise Complaint(
                    f"{self.path} was written by a newer yielddb (schema {version}); it stays as "
                    "it is. Update: pip install --upgrade yielddb"
                )
            (health,) = self._one("pragma quick_check(1)")
            if health != "ok":
                raise sqlite3.DatabaseError(health)

    def _one(self, sql: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self.connection.execute(sql).fetchone()
        return row

    def add(self, student: str, key: str, verdict: Verdict) -> Graded:
        """Keep a verdict; when this returns, a kill or a power cut can't take it away."""
        graded = datetime.now(UTC).isoformat(timespec="seconds")
        record = json.dumps(verdict.to_dict())
        row = (student, verdict.lesson, verdict.submission, key, graded, record)
        with _told(self.path):
            self.connection.execute(
                "insert into verdict (student, lesson, submission, key, graded, record) "
                "values (?, ?, ?, ?, ?, ?)", row,
            )  # fmt: skip
        return Graded(student, verdict.lesson, verdict.submission, graded, verdict)

    def enroll(self, students: Iterable[Student]) -> None:
        """Keep the roster as it is now, for the exports."""
        rows = [(x.id, place, x.name, x.email) for place, x in enumerate(students)]
        with _told(self.path):
            self.connection.execute("begin")
            self.connection.execute("delete from student")
            self.connection.executemany("insert into student values (?, ?, ?, ?)", rows)
            self.connection.execute("commit")

    def students(self) -> list[Student]:
        """The roster of the last run that had one."""
        with _told(self.path):
            rows = self.connection.execute("select id, name, email from student order by place")
            return [Student(*row) for row in rows]

    def known(self, student: str, slug: str, key: str) -> Graded | None:
        """The verdict on exactly this, if it was made."""
        sql = (
            "select student, lesson, submission, graded, record from verdict "
            "where student = ? and lesson = ? and key = ? order by id desc limit 1"
        )
        with _told(self.path):
            row = self.connection.execute(sql, (student, slug, key)).fetchone()
            return _graded(row) if row else None

    def current(self, student: str, slug: str) -> str:
        """The key of the verdict that counts now."""
        sql = "select key from verdict where student = ? and lesson = ? order by id desc limit 1"
        with _told(self.path):
            row = self.connection.execute(sql, (student, slug)).fetchone()
        return row[0] if row else ""

    def latest(self) -> list[Graded]:
        """The verdict that counts for each student and lesson."""
        with _told(self.path):
            return [_graded(row) for row in self.connection.execute(LATEST)]

    def newest(self) -> str:
        """When the last verdict was made; empty before the first."""
        with _told(self.path):
            row = self.connection.execute("select max(graded) from verdict").fetchone()
        return row[0] or ""

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def _graded(row: tuple[str, str, str, str, str]) -> Graded:
    student, slug, submission, graded, record = row
    return Graded(student, slug, submission, graded, Verdict.from_dict(json.loads(record)))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite refuses, as one sentence with the remedy."""
    try:
        yield
    except sqlite3.Error as error:
        says = str(error)
        if "full" in says:
            remedy = "make room and run the same command again; what was graded is kept"
            raise Complaint(f"{path}: the disk is full; {remedy}") from None
        if "locked" in says:
            remedy = "end the program that has it open and try again"
            raise Complaint(f"{path}: in use; {remedy}") from None
        if isinstance(error, sqlite3.OperationalError):
            rest = "nothing that was graded is lost. Mend that, or name another place: --out"
            raise Complaint(f"{path}: {says}; {rest}") from None
        raise Complaint(_damaged(path)) from None
    except (ValueError, KeyError, TypeError):
        raise Complaint(_damaged(path)) from None


def _damaged(path: Path) -> str:
    return f"{path}: damaged; it stays as it is. Move it away, and the class is graded anew"
