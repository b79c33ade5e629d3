"""Sends whoever asks to itself, for ever."""

from fastapi.responses import RedirectResponse
from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> RedirectResponse:
    return RedirectResponse("/attack")
