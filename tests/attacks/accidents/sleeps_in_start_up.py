"""Never gets ready."""

import time

from tools import app

__all__ = ["app"]

app.router.on_startup.append(lambda: time.sleep(99)) if hasattr(
    app.router, "on_startup"
) else time.sleep(99)
