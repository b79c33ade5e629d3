"""Reads from address nought."""

import ctypes

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    ctypes.string_at(0)
