"""Describes values without running a line of the learner's code: no property, no __repr__."""

from __future__ import annotations

import datetime
import decimal
import enum
import itertools
import uuid
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from yielddb.sandbox.recording.tape import LIMITS

DEEPEST = 2  # a list in a list is shown, what is in it is not
PLAIN = (int, float, complex, bool, type(None), decimal.Decimal, uuid.UUID)
MOMENTS = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)
RAW = 4 * LIMITS["text"]  # what is replaced later must not be cut in its middle
LONG_NUMBER = 1000  # bits; Python refuses to write a number of 4300 digits
NAMED = (FunctionType, BuiltinFunctionType, MethodType, type, ModuleType)
BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
Mapped = Callable[[Any], "tuple[str, str] | None"]


def cut(text: str, limit: int | None = None) -> str:
    """The text up to a limit, an ellipsis where something is missing; a trace shows less of it."""
    limit = limit or RAW
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Describer:
    """`mapped` names a mapped object and shows it, `session` shows a session; else None."""

    def __init__(
        self, mapped: Mapped, session: Callable[[Any], str | None], is_own: Callable[[Any], bool]
    ) -> None:
        self.mapped, self.session = mapped, session
        self.is_own = is_own  # is this function one of the learner's?

    def value(self, value: Any) -> dict[str, Any]:
        """Type, text and, of a mapped object, its name."""
        found = self.mapped(value)
        text = found[1] if found else self.text(value)
        shown = cut(text)
        described: dict[str, Any] = {"type": type(value).__name__, "repr": shown}
        if found:
            described["object"] = found[0]
        if len(text) > len(shown):
            described["cut"] = len(text) - len(shown) + 1
        return described

    def text(self, value: Any, depth: int = 0) -> str:
        """One value as Python would write it."""
        kind = type(value)
        if kind is int and value.bit_length() > LONG_NUMBER:
            return f"<int of {value.bit_length()} bits>"
        if kind in PLAIN or kind in MOMENTS:
            return repr(value)
        if kind is str or kind is bytes:
            return self._long(value)
        if kind in BRACKETS:
            return self._many(value, depth)
        if issubclass(kind, NAMED):
            return f"<{kind.__name__} {_name(value)}>"
        if found := self.mapped(value):
            return found[1]
        if session := self.session(value):
            return session
        return self._object(value, depth)

    def _long(self, value: str | bytes) -> str:
        if len(value) <= RAW:
            return repr(value)
        return repr(value[:RAW]) + "." * (len(value) - RAW)  # as long as the whole, to be cut

    def _many(self, value: Any, depth: int) -> str:
        begin, end = BRACKETS[type(value)]
        if depth >= DEEPEST:
            return f"{begin}…{end}" if value else f"{begin}{end}"
        if type(value) in (set, frozenset):  # their order differs in each run
            texts = sorted(self.text(item, depth + 1) for item in itertools.islice(value, 1000))
        elif type(value) is dict:
            pairs = itertools.islice(list(value.items()), LIMITS["items"])
            texts = [f"{self.text(k, depth + 1)}: {self.text(v, depth + 1)}" for k, v in pairs]
        else:
            texts = [self.text(item, depth + 1) for item in value[: LIMITS["items"]]]
        texts = texts[: LIMITS["items"]]
        if (more := len(value) - len(texts)) > 0:
            texts.append(f"… {more} more")
        if type(value) is tuple and len(value) == 1:
            texts[0] += ","
        if not value and type(value) in (set, frozenset):
            return f"{type(value).__name__}()"
        return begin + ", ".join(texts) + end

    def _object(self, value: Any, depth: int) -> str:
        kind = type(value)
        if isinstance(kind, enum.EnumMeta):
            return f"{kind.__name__}.{object.__getattribute__(value, '_name_')}"
        if issubclass(kind, BaseException):
            return f"{kind.__name__}({cut(self.error(value))!r})"
        if _is_row(kind):
            return self.text(tuple(value._data), depth)
        names = {parent.__name__ for parent in kind.__mro__}
        if "BaseModel" in names or "__dataclass_fields__" in vars(kind):
            return self._fields(value, depth)
        return f"<{kind.__name__}>"

    def _fields(self, value: Any, depth: int) -> str:
        try:
            fields = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return f"<{type(value).__name__}>"
        if depth >= DEEPEST:
            return f"{type(value).__name__}(…)"
        return self.call(type(value).__name__, fields.items(), depth)

    def call(self, name: str, fields: Iterable[tuple[str, Any]], depth: int = 0) -> str:
        """`Item(id=1, name='Umbrella')`."""
        texts = [f"{key}={self.text(value, depth + 1)}" for key, value in list(fields)]
        return f"{name}({', '.join(texts)})"

    def error(self, error: BaseException) -> str:
        """What an error says, where saying it runs none of the learner's code."""
        kind = type(error)
        if {"detail", "status_code"} <= error.__dict__.keys():
            return f"{error.__dict__['status_code']}: {error.__dict__['detail']}"
        if self.is_own(kind.__str__):
            return ", ".join(map(self.text, error.args))
        try:
            return str(error).partition("\n")[0]
        except Exception as failed:  # an error that can't say what it is
            return f"<{type(failed).__name__} when asked>"


def _name(value: Any) -> str:
    if type(value) is MethodType:
        value = value.__func__
    name = type.__getattribute__(value, "__name__") if isinstance(value, type) else value.__name__
    return str(name)


def _is_row(kind: type) -> bool:
    return kind.__module__.startswith("sqlalchemy.") and kind.__name__ == "Row"
