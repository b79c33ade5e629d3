"""How well a class is kept in: refused below the level asked for, said loudly below the best."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TextIO

from yielddb.batch.farm import Farm
from yielddb.batch.workers import Workers
from yielddb.sandbox.levels import LAYERS, MEANS, BelowLevel, Level, in_force, level

WIDTH = 80  # columns
MARK = "!!! "


def look_at(workers: Workers | Farm, wanted: Level) -> None:
    """Warn on stderr below level A; raises BelowLevel below `wanted`, with the way round it."""
    try:
        layers, missing = workers.isolation()
    except BelowLevel as error:
        says = "the apps of a class are other people's code; --require-isolation C grades it here"
        raise BelowLevel(f"{error}; {says}") from None
    if level(layers) != "A":
        shout(warning(layers, missing), sys.stderr)


def warning(layers: Sequence[str], missing: Mapping[str, str]) -> list[str]:
    """What is missing to full isolation and how to get it, in lines of a terminal's width."""
    reached = level(layers)
    lines = [f"LESS THAN FULL ISOLATION: level {reached}, not A", f"{reached} is {MEANS[reached]}"]
    for layer in LAYERS:
        if not in_force(layer, layers):
            why = missing.get(layer.name, "this system does not offer it")
            lines.append(f"missing: {layer.name} (against {layer.stops}): {why}")
            lines.append(f"to get it: {layer.get}")
    rows = [row for line in lines for row in textwrap.wrap(line, WIDTH - len(MARK))]
    return [MARK + row for row in rows]


def shout(lines: Sequence[str], stream: TextIO) -> None:
    """Print lines, bold where the stream is a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, emoji=False, markup=False)
    for line in lines:
        console.print(Text(line, "bold red"), soft_wrap=True)
