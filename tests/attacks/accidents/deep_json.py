"""Answers with JSON that is deeper than any parser goes."""

from fastapi import Response
from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> Response:
    return Response("[" * 1_000_000 + "]" * 1_000_000, media_type="application/json")
