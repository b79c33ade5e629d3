"""Keeps a thread that nobody waits for."""

import threading
import time

from tools import app

__all__ = ["app"]

threading.Thread(target=lambda: time.sleep(99)).start()
