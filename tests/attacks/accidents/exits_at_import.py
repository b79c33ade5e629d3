"""Ends its process while it is imported."""

import os

from tools import app

__all__ = ["app"]

os._exit(0)
