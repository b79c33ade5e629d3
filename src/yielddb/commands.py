"""What can go wrong with a command, as one line on stderr and exit code 2."""

from __future__ import annotations

import errno
import sys
from typing import Any

import typer

from yielddb.catalogue import CatalogueError
from yielddb.sandbox.events import SandboxError
from yielddb.workspace.complaint import Complaint, explain


class Commands(typer.core.TyperGroup):
    """Turns what can go wrong into one line on stderr and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (Complaint, CatalogueError, SandboxError) as error:
            says = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            says = explain(error)
        print(f"yielddb: {says}", file=sys.stderr)
        raise typer.Exit(2)
