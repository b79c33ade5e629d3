"""Says what went wrong with an app that did not start, died or kept silent: one line and a hint."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yielddb.sandbox.events import AppDied, AppFailed, AppSilent
from yielddb.sandbox.limits import Limits

Files = Mapping[str, bytes]  # of a submission, by relative path
FRAME = re.compile(r'^[ \t]*File "(?P<file>[^"]+)", line (?P<line>\d{1,9}) in \S+', re.MULTILINE)
SERVED = "The check serves your app itself: it must not open a port."
CUT = "An app must leave alone the descriptors that it did not open."
NOISE = (  # what a learner can't use in the text of an error
    re.compile(r"^\(\w+(\.\w+)+\) "),  # the driver's name of it
    re.compile(r" (\[SQL: |\(Background on this error at: ).*"),
    re.compile(r"Error extracting attribute: "),
    re.compile(r" at 0x[0-9a-f]+"),
)
GUARD = 'Put it under `if __name__ == "__main__":`; the check serves your app itself.'
SIGNALS = {
    "SIGSEGV": "crashed (segmentation fault)",
    "SIGKILL": "was killed, as happens when memory runs out",
    "SIGXCPU": "used up its CPU time ({cpu_s} s)",
    "SIGXFSZ": "wrote more than {file_mb} MiB into one file",
    "SIGABRT": "aborted itself",
}
HINTS = {
    "ModuleNotFoundError": "Is it a typo, a file you left out, or a package that is not installed?",
    "SystemExit": "A module that is imported must not end the program.",
    "MemoryError": "Something here grows without end.",
    "PermissionError": "An app under check can't start programs, open ports or leave its folder.",
    "wrong app": "main.py needs `app = FastAPI()` at its top level.",
    "IndentationError": "Compare the indentation with the lines around it.",
    "TabError": "Use spaces only.",
    "EOFError": "Nobody sits at a keyboard during a check: an app can't ask with input().",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a learner reads: `text` in one line, and what to do."""

    text: str
    hint: str | None
    is_crash: bool = True
    at: str | None = None


def too_much(excess: str) -> Diagnosis:
    """The diagnosis for an app that was ended because it filled the disk."""
    made = "makes folders" if "folders" in excess else "writes without end"
    return Diagnosis(f"your app {excess}, and was ended", f"Which line here {made}?")


def place(at: Mapping[str, Any] | None, with_code: bool = True) -> str:
    """`main.py line 22` and the line's text, from what the child reported."""
    if not at:
        return "main.py"
    code = f" ({at['text']})" if with_code and at.get("text") else ""
    return f"{at['file']} line {at['line']}{code}"


def explain(trouble: Exception, folder: Path, limits: Limits, files: Files) -> Diagnosis:
    """The diagnosis for what the sandbox raised; the app's `files` were copied into `folder`."""
    if isinstance(trouble, AppFailed):
        return _failed(trouble.facts, limits)
    if isinstance(trouble, AppDied):
        return _died(trouble.status, limits)
    assert isinstance(trouble, AppSilent)
    return _silent(trouble, folder, files)


def error_line(facts: Mapping[str, Any]) -> str:
    """One line for an error of the learner's code, with its own line."""
    kind, says = facts.get("type", "Error"), " ".join(str(facts.get("message", "")).split())
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return f"{place(facts.get('at'), with_code=False)}: {says}"
    if kind == "wrong app":
        return f"main.py: {says}"
    for pattern in NOISE:
        says = pattern.sub("", says)
    says = says[:300]
    if not (at := facts.get("at")):  # not every error is in their code
        return f"{kind}: {says}"
    code = f"  in: {at['text']}" if at.get("text") else ""  # last: a narrow terminal may cut it
    return f"{place(at, with_code=False)}: {kind}: {says}{code}"


def _failed(facts: Mapping[str, Any], limits: Limits) -> Diagnosis:
    kind = facts.get("type", "")
    hint = HINTS.get(kind)
    text = error_line(facts)
    if kind == "SystemExit":
        text = f"{place(facts.get('at'))} ends the program with exit code {facts.get('code') or 0}"
        if "uvicorn" in str(facts.get("at")):
            hint = GUARD
    elif _serves(facts.get("at")):  # refused deep inside the server: the line says more
        text, hint = f"{place(facts['at'])} starts a server while it is imported", GUARD
    elif kind == "MemoryError":
        text = f"{place(facts.get('at'))} needs more than {limits.memory_mb} MiB of memory"
    elif "File too large" in text:
        hint = f"One file may hold {limits.file_mb} MiB, and what the app prints as well."
    elif "address already in use" in text.lower():
        hint = SERVED
    at = place(facts["at"]) if facts.get("at") else None
    return Diagnosis(text, hint, is_crash=False, at=at)


def _died(status: int | None, limits: Limits) -> Diagnosis:
    if status is None:  # it lives, but what it sent was no word of ours, or it hung up
        return Diagnosis(
            "the app cut its line to the judge",
            "It must leave alone what it did not open: descriptors, sockets.",
        )
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        says = SIGNALS.get(name, f"was ended by {name}")
        bounds = {"cpu_s": limits.cpu_s, "file_mb": limits.file_mb}
        return Diagnosis(f"the app's process {says.format(**bounds)}", None)
    return Diagnosis(
        f"the app ended its own process (exit code {status})",
        "Look for os._exit() in the code that ran.",
    )


def _silent(trouble: AppSilent, folder: Path, files: Files) -> Diagnosis:
    at = where(trouble.where, folder, files)
    seconds = f"{trouble.seconds:g} s"
    if at is None:
        return Diagnosis(f"nothing within {seconds}", "Does something wait here, or loop forever?")
    if _serves(at):
        return Diagnosis(f"{place(at)} starts a server while it is imported", GUARD)
    return Diagnosis(
        f"nothing within {seconds}; it was at {place(at)}",
        "Does this line wait for something, or loop forever?",
    )


def _serves(at: Mapping[str, Any] | None) -> bool:
    """Does this line run a server?"""
    text = str((at or {}).get("text", ""))
    return "uvicorn" in text and ".run(" in text


def where(dump: str, folder: Path, files: Files) -> dict[str, Any] | None:
    """The learner's innermost line in a stack dump of faulthandler, newest call first.

    The app can write there what it likes: a name is looked up among what was handed in, and
    nothing is opened.
    """
    for match in FRAME.finditer(dump):
        name = match["file"].removeprefix(f"{folder}{os.sep}").replace(os.sep, "/")
        if name in files:
            number = int(match["line"])
            return {"file": name, "line": number, "text": _line_of(files[name], number)}
    return None


def _line_of(source: bytes, number: int) -> str:
    lines = source.decode("utf-8", "replace").splitlines()
    return lines[number - 1].strip()[:200] if 0 < number <= len(lines) else ""
