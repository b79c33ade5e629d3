"""Puts the course, and the site where it was built, into the wheel."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PARTS = ("lessons", "notebooks", "solutions", "checks", "site")


class CourseHook(BuildHookInterface):
    """An editable install reads the clone instead, so it takes nothing along."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add each part that is there under `yielddb/course/`."""
        if version == "editable":
            return
        for part in PARTS:
            if (Path(self.root) / part).is_dir():
                build_data["force_include"][part] = f"yielddb/course/{part}"
