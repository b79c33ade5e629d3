"""Imports check files, in a process of its own, and says of each on one line what is wrong."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path


def trouble(path: Path) -> tuple[int, str]:
    """The line and the reason why this file is no check; an empty reason if it is one."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        own = error.filename is None or Path(error.filename) == path
        return (error.lineno or 0) if own else 0, f"{type(error).__name__}: {error.msg}"
    except BaseException as error:  # SystemExit, too, is no way to define a check
        return _line(error, path), f"{type(error).__name__}: {error}"
    if not any(name.startswith("test_") for name in vars(module)):
        return 0, "no function test_... in it"
    return 0, ""


def _line(error: BaseException, path: Path) -> int:
    """The last line of this file that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if Path(frame.filename) == path]
    return lines[-1] if lines else 0


def main(names: list[str]) -> None:
    """A JSON line for each file, in order; what a file prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.dont_write_bytecode = True
    for name in names:
        line, says = trouble(Path(name))
        record = {"path": name, "line": line, "says": says}
        answers.write(json.dumps(record) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
