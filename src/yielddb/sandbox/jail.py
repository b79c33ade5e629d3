"""Puts one app's process behind the layers that the system offers, and says which they are."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from yielddb.sandbox import kernel, landlock, namespaces, readable, seccomp
from yielddb.sandbox.levels import LANDLOCK, NAMESPACES, SECCOMP


class Jail:
    """Made once, in the warm parent; each child enters, then confines itself to its folders.

    Landlock comes in two sets. The first, the same for all, knows what is hidden inside the
    folders of Python; it is made once. The second, a few rules, leaves a child its own folders.
    """

    def __init__(self, root: Path, why_no_namespaces: str, bare: bool = False) -> None:
        self.root = root
        self.layers = [] if why_no_namespaces else [namespaces.IN_FORCE]
        self.missing = {NAMESPACES.name: why_no_namespaces} if why_no_namespaces else {}
        tops, devices = readable.tops(), _devices()
        self.readable = [*landlock.grants(tops, (root,)), *devices]
        self.common: int | None = None
        self.bare = bare
        if not bare and (version := landlock.abi()):
            everywhere = landlock.grants(tops, (readable.PACKAGE, root))
            self.common = landlock.ruleset([*everywhere, *devices, (str(root), landlock.OWN)])
            self.version = version
        else:
            self.missing[LANDLOCK.name] = "this kernel has none, or it is switched off"

    def enter(self) -> None:
        """Take on what all children share; before descriptors are closed."""
        if self.common is not None:
            landlock.enter(self.common)

    def confine(self, folders: list[str]) -> None:
        """Leave this process `folders` to read and write; sets `layers` and `missing`."""
        with contextlib.suppress(OSError):
            kernel.drop_capabilities()
        self._landlock(folders)
        if not self.bare:
            self._seccomp()

    def _landlock(self, folders: list[str]) -> None:
        if self.common is None:
            return
        own = [(folder, landlock.OWN) for folder in folders]
        try:
            landlock.enter(landlock.ruleset([*self.readable, *own]))
        except OSError as error:
            self.missing[LANDLOCK.name] = str(error)
            return
        tcp = ", no TCP" if self.version >= landlock.TCP_ABI else ""
        signals = ", no signals to others" if self.version >= landlock.SCOPE_ABI else ""
        self.layers.append(f"{LANDLOCK.name} (ABI {self.version}): own files only{tcp}{signals}")

    def _seccomp(self) -> None:
        if not kernel.known():
            self.missing[SECCOMP.name] = "the system call numbers of this machine are not known"
            return
        try:
            seccomp.enter(os.getpid())
        except OSError as error:
            self.missing[SECCOMP.name] = str(error)
            return
        self.layers.append(f"{SECCOMP.name}: no new processes, programs or sockets")


def _devices() -> list[landlock.Rule]:
    writable = [(device, landlock.DEVICE) for device in readable.WRITABLE_DEVICES]
    return [*writable, *((device, landlock.READ_FILE) for device in readable.READABLE_DEVICES)]
