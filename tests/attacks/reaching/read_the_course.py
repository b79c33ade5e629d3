"""Reads the engine, in which an installed course lies with its checks."""

from pathlib import Path

from tools import PACKAGE, app, attempt

__all__ = ["app"]

attempt("engine", lambda: Path(PACKAGE, "grade.py").read_text())
attempt("course", lambda: next(Path(PACKAGE).rglob("*.py")).read_text())
attempt("packages", lambda: [p.read_text() for p in Path(PACKAGE).glob("**/cli.py")][0])
