"""Serves a learner's app by uvicorn, with reload, until Ctrl-C."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from yielddb.terminal.ports import HOST, demand_port
from yielddb.workspace.complaint import Complaint

MODULES = ("main", "app")  # where the app object may live, by the course's contract


def module_in(folder: Path) -> str:
    """`main` or `app`, whichever file is there.

    Raises Complaint when neither is.
    """
    for name in MODULES:
        if (folder / f"{name}.py").is_file():
            return name
    raise Complaint(f"{folder}: no main.py here; put the app there or name its folder")


def serve(path: Path, port: int, say: Callable[[str], None]) -> None:
    """Run the app in `path` (its folder, or its main.py) until it is interrupted."""
    folder = path if path.is_dir() else path.parent
    module = module_in(folder) if path.is_dir() else path.stem
    demand_port(port, "--port")
    say(f"http://{HOST}:{port}/docs   every save reloads; Ctrl-C stops")
    import uvicorn

    os.chdir(folder)  # sqlite:///./app.db means the app's own folder
    uvicorn.run(
        f"{module}:app",
        host=HOST,
        port=port,
        reload=True,
        reload_dirs=["."],
        app_dir=".",
        log_level="info",
    )
