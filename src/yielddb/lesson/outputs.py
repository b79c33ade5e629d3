"""What the cells of a lesson print: one kernel, an empty folder, from top to bottom."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from yielddb import lab
from yielddb.lesson.cache import Cache

EMPTY = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
CELL_S = 60  # a cell that takes longer hangs
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Output:
    """What one cell printed; `stderr` and `error` are empty for a good one."""

    text: str = ""
    stderr: str = ""
    error: str = ""

    @property
    def fault(self) -> str | None:
        """Why a lesson can't show this output."""
        if self.error:
            return f"the cell raises {self.error}"
        if self.stderr:
            return f"the cell writes to stderr: {self.stderr.strip().splitlines()[0]}"
        if address := ADDRESS.search(self.text):
            return f"the cell prints an address, another one in each run: {address[0]}"
        return None


def run(cells: Sequence[str], root: Path) -> tuple[Output, ...]:
    """The outputs of the cells, in order; those without a fault come from the cache of `root`."""
    if not cells:
        return ()
    cache = Cache(root, "outputs", Path(__file__), Path(lab.__file__))
    kept = cache.get(list(cells))
    if kept is not None:
        return tuple(Output(**record) for record in kept)
    outputs = _execute(cells)
    if not any(output.fault for output in outputs):
        cache.put(list(cells), [asdict(output) for output in outputs])
    return outputs


def _execute(cells: Sequence[str]) -> tuple[Output, ...]:
    new: Callable[..., nbformat.NotebookNode] = nbformat.v4.new_code_cell
    read: Callable[..., nbformat.NotebookNode] = nbformat.reads
    book = read(EMPTY, as_version=4)
    book.cells = [new(cell, id=f"cell-{index}") for index, cell in enumerate(cells)]
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            book,
            timeout=CELL_S,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": folder}},
            # its warnings are about the loopback connection between us and the kernel
            extra_arguments=["--IPKernelApp.log_level=40"],
        )
        client.execute(env=environment)
    return tuple(_output(cell) for cell in book.cells)


def _output(cell: nbformat.NotebookNode) -> Output:
    text, stderr, error = "", "", ""
    for part in cell.outputs:
        if part.output_type == "error":
            error = error or ANSI.sub("", f"{part.ename}: {part.evalue}").strip()
        elif part.output_type == "stream" and part.name == "stderr":
            stderr += part.text
        elif part.output_type == "stream":
            text += part.text
        else:
            text += part.data.get("text/plain", "") + "\n"
    return Output(text.rstrip("\n"), stderr, error)
