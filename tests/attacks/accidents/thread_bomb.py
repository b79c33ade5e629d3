"""Starts threads until there is no room."""

import threading
import time

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> int:
    for number in range(5000):
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
    return number
