"""yielddb: learn FastAPI + SQLAlchemy by watching your own app run."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register `%%app`, `%check` and `%hint`; IPython calls it for `%load_ext yielddb`."""
    from yielddb.notebook.magics import register

    register(shell)
