"""What an event from an app's process looks like; the app can write there, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAX_TEXT = 10_000  # characters; what our own side sends is cut below half of that
MAX_COUNT = 1 << 53

HEX = "hex"  # the key of bytes that go through JSON

Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_count(value: Any) -> bool:
    return type(value) is int and abs(value) < MAX_COUNT


def _is_place(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and _is_count(value.get("line"))
        and all(_is_text(value.get(name)) for name in ("file", "text"))
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _are_named_texts(value: Any) -> bool:
    return isinstance(value, dict) and _are_texts([*value, *value.values()])


def _are_facts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _are_texts(fact) if name == "statements" else _is_count(fact)
        for name, fact in value.items()
    )


def _is_address(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and len(value) > 1 and _is_text(value[0]) and _is_count(value[1])
    )


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _are_rows(value: Any) -> bool:
    """Rows of a database; `looker.packed` makes a dictionary of bytes."""
    return isinstance(value, list) and all(
        isinstance(row, list) and all(_is_cell(cell) for cell in row) for row in value
    )


def _is_cell(value: Any) -> bool:
    if isinstance(value, dict):
        return list(value) == [HEX] and isinstance(value[HEX], str)
    return value is None or isinstance(value, int | float | str)


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


SHAPES: dict[str, Test] = {
    "event": _is_text,
    "id": _or_none(_is_count),
    "pid": _is_count,
    "status": _is_count,
    "layers": _are_texts,
    "missing": _are_named_texts,
    "facts": _are_facts,
    "address": _is_address,
    "stage": _is_text,
    "type": _is_text,
    "message": _is_text,
    "traceback": _is_text,
    "code": _or_none(_is_count),
    "at": _is_place,
    "error": _or_none(_is_text),
    "events": _are_records,
    "handle": _is_count,
    "rows": _are_rows,
    "rowcount": _is_count,
    "lastrowid": _or_none(lambda value: type(value) is int),
    "says": _is_text,
}
NEEDED = {
    "ready": ("layers",),
    "confined": ("layers", "missing"),
    "imported": ("facts",),
    "stopped": ("facts",),
    "serving": ("address",),
    "failed": ("stage", "type", "message"),
    "error": ("stage", "type", "message"),
    "answer": ("id",),
    "warm": (),
    "forked": ("pid",),
    "exit": ("pid", "status"),
}


def is_sound(event: dict[str, Any]) -> bool:
    """May the judge take the event's fields for what they are called?"""
    name = event.get("event")
    if not isinstance(name, str) or name not in NEEDED:
        return False
    has_all = all(field in event for field in NEEDED[name])
    return has_all and all(
        field in SHAPES and SHAPES[field](value) for field, value in event.items()
    )
