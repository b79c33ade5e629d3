"""What an event from an app's process looks like; the app can write there, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAX_TEXT = 10_000  # characters; what our own side sends is cut below half of that
MAX_COUNT = 1 << 53

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
    "events": lambda value: isinstance(value, list),
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
}


def is_sound(event: dict[str, Any]) -> bool:
    """May the judge take the event's fields for what they are called?"""
    return all(name in SHAPES and SHAPES[name](value) for name, value in event.items()) and all(
        name in event for name in NEEDED.get(event.get("event", ""), ("event",))
    )
