"""Answers with a header that never ends."""

from fastapi import Response
from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack(response: Response) -> None:
    response.headers["x-long"] = "x" * (8 << 20)
