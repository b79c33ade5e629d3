"""Takes memory until there is none."""

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))
