"""Writes a gigabyte into files that are all small."""

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    for number in range(1024):
        with open(f"small-{number}", "wb") as file:
            file.write(bytes(1 << 20))
