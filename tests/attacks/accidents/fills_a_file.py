"""Writes a gigabyte into one file."""

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    with open("big", "wb") as file:
        for _ in range(1024):
            file.write(bytes(1 << 20))
