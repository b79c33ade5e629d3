"""Answers what the judge asks of an app: in this interpreter, what the sandbox's child answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from yielddb.sandbox import overriding
from yielddb.sandbox.describing import place_of
from yielddb.sandbox.events import AppFailed, Event

if TYPE_CHECKING:
    from yielddb.browser.box import InlineBox


def answer(box: InlineBox, question: str, details: dict[str, Any]) -> Event:
    """The facts asked for by one question."""
    place = str(box.app_folder)
    match question:
        case "openapi":
            return _openapi(box)
        case "endpoint":
            return {"at": place_of(box.endpoints.get(details["request"]), place)}
        case "facts":
            return {"facts": box.sandbox.probe.snapshot()}
        case "record" if box.recorder:
            box.recorder.tape.turn(on=bool(details["on"]))
        case "events" if box.recorder:
            return {"events": box.recorder.page(int(details["start"]))}
        case "override":
            name, url, make = details["name"], details["url"], box.sandbox.probe.make
            return overriding.override(box.app, box.module, place, name, url, make)
        case "clear overrides":
            box.app.dependency_overrides.clear()
    return {}


def _openapi(box: InlineBox) -> Event:
    """The app's own description, as JSON would carry it."""
    with box.running(box.sandbox.limits.answer_s):
        try:
            described = json.loads(json.dumps(box.app.openapi()))
        except Exception as error:
            raise AppFailed({"stage": "openapi", **box.describe(error)}) from None
    return dict(described)
