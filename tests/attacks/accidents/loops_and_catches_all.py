"""Loops, and lets no signal or exception disturb it."""

import contextlib
import signal
import time

from tools import app

__all__ = ["app"]

for number in range(1, signal.NSIG):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
while True:
    try:
        time.sleep(1)
    except BaseException:
        continue
