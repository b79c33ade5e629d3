"""What every attack uses: an app that greets, and tells what was tried and what came of it."""

import ctypes
import os
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

JUDGE = int(os.environ["JUDGE"])
OUTSIDE = os.environ["OUTSIDE"]  # a folder beside the box, with secret.txt in it
NEIGHBOUR = os.environ["NEIGHBOUR"]  # the folder of another submission
PORT = int(os.environ["PORT"])  # somebody listens there on loopback
ABSTRACT = os.environ["ABSTRACT"]  # and on this abstract address
PACKAGE = os.environ["PACKAGE"]  # the engine, and in a wheel the course with its checks

app = FastAPI()
results: dict[str, str] = {}
libc = ctypes.CDLL(None, use_errno=True)


def attempt(name: str, deed: Callable[[], Any]) -> None:
    """Try one thing; it counts as done unless it raises."""
    try:
        results[name] = f"done: {deed()!r}"[:200]
    except BaseException as error:
        results[name] = f"refused: {type(error).__name__}: {error}"[:200]


def call(name: str, *arguments: Any) -> int:
    """A function of the C library; raises where it gives -1."""
    found = int(getattr(libc, name)(*arguments))
    if found == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return found


@app.get("/hello")
def hello() -> dict[str, str]:
    return {"greeting": "Hello town"}


@app.get("/report")
def report() -> dict[str, str]:
    return results
