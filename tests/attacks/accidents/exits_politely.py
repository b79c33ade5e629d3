"""Ends the program while it is imported, as a script may."""

import sys

from tools import app

__all__ = ["app"]

sys.exit(0)
