"""What an app printed, as far as anybody will read it."""

from __future__ import annotations

from pathlib import Path

LOG_BYTES = 64 << 10  # from the end


def end_of(path: Path) -> str:
    """The last part of a file as text; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
