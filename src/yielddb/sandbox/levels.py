"""The layers that keep an app in, by name, and the three levels they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from yielddb.sandbox.events import SandboxError

Level = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: its name in a verdict begins with `name`."""

    name: str
    stops: str
    get: str  # what to do where it is missing


PROCESS = Layer("own process", "an app that ends, loops or crashes", "it is always there")
LIMITS = Layer(
    "limits on memory, cpu, files, output, time", "bombs of all kinds", "use Linux or macOS"
)
DEATH = Layer("dies with the grader", "processes left behind", "use Linux")
PRIVILEGES = Layer("no new privileges", "gaining rights by running a program", "use Linux")
LANDLOCK = Layer(
    "Landlock",
    "reading and writing files of others, TCP, signals",
    "use Linux 5.13 or newer and have `landlock` among the lsm= of the kernel's command line",
)
SECCOMP = Layer(
    "seccomp",
    "new processes, programs and sockets, and looking into other processes",
    "use Linux on x86-64 or arm64, in a container one whose profile allows seccomp(2)",
)
NAMESPACES = Layer(
    "namespaces",
    "seeing anything of this machine: files, processes, network",
    "allow user namespaces: sysctl user.max_user_namespaces above 0, on Ubuntu 24.04 "
    "kernel.apparmor_restrict_unprivileged_userns=0, in a container CAP_SYS_ADMIN",
)
LAYERS = (PROCESS, LIMITS, DEATH, PRIVILEGES, LANDLOCK, SECCOMP, NAMESPACES)
NEEDED: dict[Level, tuple[Layer, ...]] = {
    "A": (NAMESPACES, LANDLOCK, SECCOMP),
    "B": (LANDLOCK, SECCOMP),
    "C": (),
}
MEANS: dict[Level, str] = {
    "A": "namespaces, Landlock and seccomp: an app sees itself and Python alone",
    "B": "Landlock and seccomp: an app reaches its own files alone",
    "C": "limits only: protects from accidents, not from people",
}


class BelowLevel(SandboxError):
    """The app was not run: the system keeps it in less well than was asked for."""


def in_force(layer: Layer, names: Iterable[str]) -> bool:
    """Is the layer among the names of a verdict's `isolation`?"""
    return any(name.startswith(layer.name) for name in names)


def level(layers: Iterable[str]) -> Level:
    """The best level that layers add up to, given as in a verdict's `isolation`."""
    names = list(layers)
    order: tuple[Level, ...] = ("A", "B", "C")
    return next(one for one in order if all(in_force(need, names) for need in NEEDED[one]))


def demand(wanted: Level, layers: Iterable[str], missing: Mapping[str, str]) -> None:
    """Raise BelowLevel, with what is missing and how to get it, unless the layers suffice."""
    names = list(layers)
    if level(names) <= wanted:
        return
    lacks = [need for need in NEEDED[wanted] if not in_force(need, names)]
    says = "; ".join(
        f"{lack.name} ({missing.get(lack.name, 'not here')}): {lack.get}" for lack in lacks
    )
    raise BelowLevel(f"isolation {wanted} was asked for, {level(names)} is what there is; {says}")
