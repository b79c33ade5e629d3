"""What the sandbox tells the judge: events as they come in, and the three ways an app can fail."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from yielddb.sandbox import channel
from yielddb.sandbox.shapes import is_sound

Event = dict[str, Any]
# of one app; one that errs in a loop, or talks without end, must not fill the judge's memory
KEPT_EVENTS, KEPT_BYTES = 1000, channel.MAX_MESSAGE


class SandboxError(RuntimeError):
    """Our own fault: the sandbox did not come up."""


class AppFailed(Exception):
    """The app could not be started; `facts` is what the child reported."""

    def __init__(self, facts: Event) -> None:
        super().__init__(facts.get("message", ""))
        self.facts = facts


class AppDied(Exception):
    """The app's process ended; `status` is its exit code, negative for a signal."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class AppSilent(Exception):
    """The app did not come to an end in time; `where` is what it was doing, as a stack dump."""

    def __init__(self, seconds: float, where: str) -> None:
        super().__init__(f"no sign within {seconds:g} s")
        self.seconds = seconds
        self.where = where


class Line:
    """What comes in on a socket, gathered by a thread so that nobody has to poll."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.events: list[tuple[Event, int]] = []  # each with its bytes
        self.open = True
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(channel.Closed, OSError):
            while True:
                event, size = channel.receive_sized(self.sock)
                if not is_sound(event):
                    continue
                with self.changed:
                    kept = sum(size for _, size in self.events)
                    if len(self.events) < KEPT_EVENTS and kept + size <= KEPT_BYTES:
                        self.events.append((event, size))
                    self.changed.notify_all()
        with self.changed:
            self.open = False
            self.changed.notify_all()

    def take(self, wanted: Callable[[Event], bool], seconds: float) -> Event | None:
        """The first event that is wanted, removed; None if it does not come in time.

        Raises channel.Closed when the other side is gone without it.
        """
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for index, (event, _) in enumerate(self.events):
                    if wanted(event):
                        return self.events.pop(index)[0]
                if not self.open:
                    raise channel.Closed("the other side is gone")
                if not self.changed.wait(end - time.monotonic()):
                    return None

    def take_named(self, *names: str, seconds: float) -> Event | None:
        """The first event with one of these names."""
        return self.take(lambda event: event.get("event") in names, seconds)

    def close(self) -> None:
        """Hang up; the thread ends."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
