"""Ends its process in a route, as if all were well."""

import os

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    os._exit(0)
