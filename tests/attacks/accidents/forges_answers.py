"""Writes made-up verdicts and broken JSON on every descriptor."""

import contextlib
import json
import os
import struct

from tools import app

__all__ = ["app"]

ANSWERS = [
    {"event": "imported", "facts": {}},
    {"event": "confined", "layers": ["namespaces", "Landlock", "seccomp"], "missing": {}},
    {"event": "answer", "id": 1, "status": "passed"},
]


@app.get("/attack")
def attack() -> None:
    for fd in range(3, 64):
        for body in [*(json.dumps(one).encode() for one in ANSWERS), b"[" * 60000]:
            with contextlib.suppress(OSError):
                os.write(fd, struct.pack(">I", len(body)) + body)
