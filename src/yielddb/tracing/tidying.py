"""Puts raw events into the shape of a trace: numbers for lanes and files, no idle repetition."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from yielddb.sandbox.recording.tape import LIMITS, Event

IDLE = {"suspend", "resume"}
BLOCKS = (2, 4, 6)  # events of one wait: a coroutine, or one in another, or one in that


def tidy(events: list[Event], files: list[dict[str, str]]) -> list[Event]:
    """The same events as a reader wants them; adds to `files` what an app wrote itself."""
    for event in events:
        _cut_texts(event)
    _call_at_def(events, files)
    _number_files(events, files)
    return _without_idle(events)


def name_lanes(events: list[Event]) -> list[str]:
    """Name the lanes in the order of their first event, and put their numbers into the events.

    The tasks of one event loop are told apart where the learner's own code runs in several.
    """
    own = {e["lane"] for e in events if "frame" in e and e.get("lane", "").startswith("task")}
    seen: list[str] = []
    names: list[str] = []
    for event in events:
        lane = event.get("lane", "loop")
        if lane.startswith("task") and len(own) < 2:
            lane = "loop"
        if lane not in seen:
            seen.append(lane)
            kind, _, number = lane.partition(" ")
            alike = sum(name.startswith(kind) for name in names) + 1
            names.append(f"{kind} {alike}" if number else kind)
        event["lane"] = seen.index(lane)
    return names


def _number_files(events: list[Event], files: list[dict[str, str]]) -> None:
    places = {file["path"]: index for index, file in enumerate(files)}
    for event in events:
        if "file" in event:
            name = event["file"]
            if name not in places:  # the app has written it itself
                places[name] = len(files)
                files.append({"path": name, "text": ""})
            event["file"] = places[name]


def _cut_texts(event: Event) -> None:
    """Cut what is long, now that everything in it has been replaced."""
    for key in ("parameters", "text", "key"):
        if isinstance(event.get(key), str):
            event[key] = _cut(event[key])
    for value in [*event.get("vars", {}).values(), *filter(None, [event.get("value")])]:
        text = value["repr"]
        value["repr"] = _cut(text)
        if left_out := len(text) - len(value["repr"]):
            value["cut"] = left_out + value.get("cut", 0) + ("cut" not in value)


def _cut(text: str) -> str:
    return text if len(text) <= LIMITS["text"] else text[: LIMITS["text"] - 1] + "…"


def _call_at_def(events: list[Event], files: list[dict[str, str]]) -> None:
    """A decorated function begins at its first decorator; a reader looks for `def`."""
    places = {file["path"]: dict(_decorated(file["text"])) for file in files}
    for event in events:
        if event["kind"] == "call":
            known = places.get(event["file"], {})
            event["line"] = known.get(event["line"], event["line"])


def _decorated(source: str) -> Iterator[tuple[int, int]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a file that nobody imported
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list:
            yield node.decorator_list[0].lineno, node.lineno


def _without_idle(events: list[Event]) -> list[Event]:
    """A wait that is resumed and goes on waiting, while nobody else did anything, is one wait."""
    kept: list[Event] = []
    position = 0
    while position < len(events):
        size = next((n for n in BLOCKS if _is_again(events[position : position + n], kept, n)), 0)
        if size == 0:
            kept.append(events[position])
            size = 1
        position += size
    return kept


def _is_again(block: list[Event], kept: list[Event], size: int) -> bool:
    return (
        len(block) == size
        and block == kept[-size:]
        and all(event["kind"] in IDLE and "vars" not in event for event in block)
    )
