"""Holds the event loop."""

from tools import app

__all__ = ["app"]


@app.get("/attack")
async def attack() -> None:
    while True:
        pass
