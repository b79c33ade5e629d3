"""The app is a package; this file only names it."""

from office.web import app

__all__ = ["app"]
