"""Stands in for packages that others import on the way to what a page uses."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

# pytest colours what it prints with Pygments, and here nothing is printed: module -> its names
COLOURS = {
    "pygments": ("highlight", "token", "util"),
    "pygments.formatters": (),
    "pygments.formatters.terminal": ("TerminalFormatter",),
    "pygments.lexer": ("Lexer",),
    "pygments.lexers": (),
    "pygments.lexers.diff": ("DiffLexer",),
    "pygments.lexers.python": ("PythonLexer",),
    "pygments.util": ("ClassNotFound", "OptionError"),
}


def install() -> None:
    """Modules with the names that are imported, and nothing behind them."""
    if importlib.util.find_spec("pygments"):
        return
    for name, attributes in COLOURS.items():
        module = ModuleType(name)
        module.__path__ = []
        for attribute in attributes:
            setattr(module, attribute, type(attribute, (Exception,), {}))
        sys.modules[name] = module
    for name in COLOURS:
        package, _, last = name.rpartition(".")
        if package:
            setattr(sys.modules[package], last, sys.modules[name])
