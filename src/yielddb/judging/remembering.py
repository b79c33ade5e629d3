"""Tells whether a check file could remember one app while it judges the next."""

from __future__ import annotations

import copy
import datetime
import decimal
import re
import types
import uuid
from typing import Any

import pytest

from yielddb.checking import FACTS

CONSTANTS = (
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    type(...),
    range,
    re.Pattern,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.timezone,
    decimal.Decimal,
    uuid.UUID,
    types.ModuleType,
    types.BuiltinFunctionType,
)
MARKS = {FACTS, "pytestmark", "__wrapped__"}  # what decorators leave on a check
IMPORT = {"__builtins__", "__cached__", "__doc__", "__file__", "__loader__", "__name__",
          "__package__", "__spec__", "__path__"}  # fmt: skip


class Memory:
    """What a module of checks holds; taken right after its import.

    `unknown` names what may change without a trace: a class or an object of its own, a cached
    function. Such a module is imported anew for each app.
    """

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        held = {name: value for name, value in vars(module).items() if name not in IMPORT}
        plain = {name: value for name, value in held.items() if _is_plain(value)}
        self.unknown = [
            name
            for name, value in held.items()
            if name not in plain and not _is_code(value, module.__name__)
        ]
        self.held = held
        self.copies = copy.deepcopy({n: v for n, v in plain.items() if not _is_constant(v)})

    def changed(self) -> bool:
        """Did a name or a value change since?"""
        now = vars(self.module)
        rebound = any(now.get(name) is not value for name, value in self.held.items())
        added = len(now.keys() - IMPORT) != len(self.held)
        return rebound or added or any(now[name] != value for name, value in self.copies.items())


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(_is_constant(one) for one in value)
    return isinstance(value, CONSTANTS)


def _is_plain(value: object) -> bool:
    """Constants, and lists, sets and dictionaries of them: a copy shows every change."""
    if type(value) is dict:
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    if type(value) in (list, set, tuple, frozenset):
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    return _is_constant(value)


def _is_code(value: Any, here: str) -> bool:
    """A function without a memory, or something that another module looks after."""
    if isinstance(value, type(pytest.fixture(lambda: None))):
        return True  # pytest puts its value away after the last check
    if isinstance(value, types.FunctionType):
        return value.__module__ != here or _forgets(value)
    return isinstance(value, type) and value.__module__ != here


def _forgets(function: types.FunctionType) -> bool:
    """No default that can change, and no closure but over functions, as decorators make one."""
    enclosed = [cell.cell_contents for cell in function.__closure__ or ()]
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return (
        all(isinstance(one, types.FunctionType) and _forgets(one) for one in enclosed)
        and set(vars(function)) <= MARKS
        and all(map(_is_constant, defaults))
    )
