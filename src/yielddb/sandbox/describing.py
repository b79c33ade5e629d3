"""Says in the child what was wrong: the learner's own line of an error, the object called `app`."""

from __future__ import annotations

import inspect
import linecache
import os
import re
import traceback
from typing import Any

from fastapi.exceptions import ResponseValidationError

MAX_TEXT = 600  # characters of an error message sent to the judge
DEFS = ("def ", "async def ")
MAX_DECORATORS = 40  # lines above a `def`; then the first of them will do
INSTALLED = re.compile(r" \((?:/|[A-Z]:\\)[^)]*\)\Z")  # where a package lies on this machine


def text_of(error: BaseException) -> str:
    """The message of an error, without what is the same in every one of its kind."""
    if isinstance(error, SyntaxError) and error.msg:
        return error.msg
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return error.strerror.partition(" (")[0] + name
    if isinstance(error, ResponseValidationError) and (errors := error.errors()):
        where = ".".join(str(part) for part in errors[0].get("loc", ()))
        return f"{where}: {errors[0].get('msg')}"
    try:
        return INSTALLED.sub("", str(error))
    except Exception:  # an error class of their own, whose `__str__` fails
        return "an error whose text can't be made"


def described(error: BaseException, folder: str) -> dict[str, Any]:
    """Type, text and the learner's own line of an error, for the judge."""
    return {
        "type": type(error).__name__,
        "message": text_of(error)[:MAX_TEXT],
        "code": _exit_code(error) if isinstance(error, SystemExit) else None,
        "at": own_line(error, folder),
        "traceback": "".join(traceback.format_exception(error))[-4000:],
    }


def _exit_code(error: SystemExit) -> int:
    """As Python has it: anything but a number is printed, and a failure."""
    return error.code if isinstance(error.code, int) else int(error.code is not None)


def own_line(error: BaseException, folder: str) -> dict[str, Any] | None:
    """Where in the learner's files an error came from: file, line (from 1) and its text."""
    root = folder.rstrip(os.sep) + os.sep
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(root):
        return _place(error.filename, error.lineno or 1, (error.text or "").strip(), root)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(root):
            return _place(frame.filename, frame.lineno or 1, frame.line or "", root)
    cause = error.__cause__ or error.__context__
    return own_line(cause, folder) if cause is not None else None


def place_of(function: Any, folder: str) -> dict[str, Any] | None:
    """Where a function of the learner's files is defined: its file, first line and name."""
    root = folder.rstrip(os.sep) + os.sep
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    if code is None or not code.co_filename.startswith(root):
        return None
    line, last = code.co_firstlineno, code.co_firstlineno + MAX_DECORATORS
    while line < last and not linecache.getline(code.co_filename, line).lstrip().startswith(DEFS):
        line += 1  # the first line of a function is that of its first decorator
    return _place(code.co_filename, line, code.co_name, root)


def _place(filename: str, line: int, text: str, root: str) -> dict[str, Any]:
    return {"file": filename.removeprefix(root), "line": line, "text": text[:200]}


def wrong_app(module: Any, app: Any) -> str | None:
    """What is wrong with the object called `app`, or None."""
    from fastapi import APIRouter
    from starlette.applications import Starlette

    if app is None:
        others = [name for name, value in vars(module).items() if isinstance(value, Starlette)]
        named = f"; the app is called {others[0]!r} here" if others else ""
        return f"there is no object called app{named}"
    if inspect.isclass(app):
        return f"app is the class {app.__name__}, not an instance of it"
    if isinstance(app, Starlette):
        return None
    if isinstance(app, APIRouter):
        return "app is an APIRouter; a FastAPI application includes it: include_router()"
    if _takes_three(app):
        return None
    return f"app is {_article(type(app).__name__)}, not a FastAPI application"


def _article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def _takes_three(app: Any) -> bool:
    """Is it callable as `await app(scope, receive, send)`?"""
    try:
        inspect.signature(app).bind(None, None, None)
    except (TypeError, ValueError):
        return False
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(app, "__call__", None)  # noqa: B004 - the method itself is asked, not callability
    )
