"""Values for the columns of a row that a check has nothing to say about."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

NUMBERS = ("INT", "BOOL", "NUM", "REAL", "FLOA", "DOUB", "DEC")
MOMENTS = {"DATE": "2026-11-21", "TIME": "12:00:00.000000"}
MOMENT = "2026-11-21 12:00:00.000000"
WITH_DASHES = 36  # characters of a UUID as `str` writes it; its `hex` has 32


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the database declares it; `default` is SQL text or None.

    `is_rowid`: SQLite gives it a number where an INSERT doesn't (sqlite.org/lang_createtable.html).
    """

    type: str
    not_null: bool
    default: str | None
    primary_key: bool
    is_rowid: bool = False


def must_be_given(column: Column) -> bool:
    """Does an INSERT have to name this column?"""
    if column.is_rowid or column.default is not None:
        return False
    return column.not_null or column.primary_key


def filling(name: str, column: Column) -> object:
    """A value that suits the declared type and, where it is text, no other row has."""
    declared = column.type.upper()
    if "DATE" in declared or "TIME" in declared:
        return MOMENTS.get(declared, MOMENT)
    if any(word in declared for word in NUMBERS):
        return uuid.uuid4().int % 2**31 if column.primary_key else 1
    if "JSON" in declared:
        return "{}"
    if "BLOB" in declared or "BINARY" in declared:
        return uuid.uuid4().bytes
    if column.primary_key:
        return _text_key(declared)
    text = uuid.uuid4().hex
    return f"{text}@example.org" if "mail" in name.lower() else text


def _text_key(declared: str) -> str:
    """A UUID as the app would write it: `hex`, as SQLAlchemy's own types do, or with dashes."""
    length = re.search(r"\((\d+)\)", declared)
    has_room = length is None or int(length[1]) >= WITH_DASHES
    return str(uuid.uuid4()) if has_room and "UUID" not in declared else uuid.uuid4().hex
