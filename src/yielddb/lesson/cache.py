"""Results of runs, kept below `.cache/` by the content and the versions they came from."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

PACKAGES = ("fastapi", "starlette", "sqlalchemy", "pydantic", "uvicorn", "httpx", "ipykernel")


def versions() -> dict[str, str]:
    """The versions that a run may depend on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


class Cache:
    """JSON values of one kind, by a key of any JSON content."""

    def __init__(self, root: Path, kind: str, *code: Path) -> None:
        """Values go below `root`; a change of the modules in `code` makes all of them stale."""
        self.folder = root / ".cache" / kind
        self.code = [path.read_text("utf-8") for path in code]

    def _place(self, key: object) -> Path:
        content = json.dumps([key, versions(), self.code], sort_keys=True)
        return self.folder / f"{hashlib.sha256(content.encode()).hexdigest()[:32]}.json"

    def get(self, key: object) -> Any | None:
        """The value, or None; a file that is cut short counts as none."""
        try:
            return json.loads(self._place(key).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def put(self, key: object, value: object) -> None:
        """Keep the value; another process sees all of it or nothing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False)
        Path(name).replace(self._place(key))
