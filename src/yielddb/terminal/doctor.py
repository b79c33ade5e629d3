"""`yielddb doctor`: starts a box and says which layers keep an app in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from yielddb.sandbox.levels import LAYERS, MEANS, Layer, in_force, level
from yielddb.sandbox.parent import Sandbox
from yielddb.terminal.screen import Terminal, print_json
from yielddb.workspace.report import MARKS, WIDTH

SCHEMA = "yielddb/doctor/1"


def doctor(*, as_json: bool) -> None:
    """Print the level in force and each layer, as text or JSON."""
    with Sandbox() as sandbox:
        found = findings(*sandbox.isolation())
    if as_json:
        print_json(found)
        return
    terminal = Terminal()
    terminal.line(f"Isolation {found['level']}: {found['means']}.")
    for line in lines(found["layers"], terminal.marks):
        terminal.line(line)


def findings(names: list[str], missing: Mapping[str, str]) -> dict[str, Any]:
    """The level, and of each layer what it stops, whether it is there and how to get it."""
    reached = level(names)
    return {
        "schema": SCHEMA,
        "level": reached,
        "means": MEANS[reached],
        "layers": [_finding(layer, names, missing) for layer in LAYERS],
    }


def _finding(layer: Layer, names: list[str], missing: Mapping[str, str]) -> dict[str, Any]:
    is_there = in_force(layer, names)
    called = next((name for name in names if name.startswith(layer.name)), layer.name)
    why = missing.get(layer.name, "this system does not offer it")
    return {
        "layer": called,
        "stops": layer.stops,
        "in_force": is_there,
        "why_not": None if is_there else why,
        "remedy": None if is_there else layer.get,
    }


def lines(layers: Iterable[Mapping[str, Any]], marks: Mapping[str, str] = MARKS) -> list[str]:
    """Of each layer what it stops; of a missing one the reason and the remedy, too."""
    found = []
    for layer in layers:
        mark = marks["passed" if layer["in_force"] else "failed"]
        found += _wrapped(f"{mark} {layer['layer']}", "")
        found += _wrapped(f"against {layer['stops']}")
        if not layer["in_force"]:
            found += _wrapped(f"missing: {layer['why_not']}")
            found += _wrapped(f"to get it: {layer['remedy']}")
    return found


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    """Rows of a terminal's width; what is to be typed is never broken."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
