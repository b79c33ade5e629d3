"""Never comes to an end."""

from tools import app

__all__ = ["app"]

while True:
    pass
