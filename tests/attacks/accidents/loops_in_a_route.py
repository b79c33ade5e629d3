"""Loops in a thread of the pool."""

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    while True:
        pass
