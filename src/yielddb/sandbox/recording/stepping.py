"""Turns what the interpreter tells of a frame into events: calls, lines, returns, errors."""

from __future__ import annotations

import dis
import inspect
import os
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from yielddb.sandbox.recording.tape import LIMITS, LINE, Key, Tape, current_line
from yielddb.sandbox.recording.values import Describer, cut

INLINE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}  # part of their line
NO_LOCALS = "<module>"
AWAITS = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
WRAPPED = "async_generator_wrapped_value"  # what an async generator yields can't be looked into
FARTHEST = 60  # frames between a function of the learner's and the one that led to it
STOPS = (StopIteration, StopAsyncIteration)


@dataclass(slots=True)
class Call:
    """One call under way."""

    number: int
    depth: int
    code: CodeType
    dependency: bool
    shown: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, None] = field(default_factory=dict)  # in the order they ran


class Stepper:
    """Holds no frame and no value: an app's objects live exactly as long as without it."""

    def __init__(self, tape: Tape, describer: Describer, folder: str) -> None:
        self.tape, self.describer = tape, describer
        self.root = folder.rstrip(os.sep) + os.sep
        self.calls: dict[int, Call] = {}
        self.left_out: set[int] = set()
        self.count = 0
        self.own: dict[str, bool] = {}
        self.dependencies: set[CodeType] = set()

    def wants(self, code: CodeType) -> bool:
        """Is this code of the learner's files?"""
        name = code.co_filename
        if name not in self.own:
            packages = f"{os.sep}site-packages{os.sep}" in name
            self.own[name] = name.startswith(self.root) and not packages
        return self.own[name] and code.co_name not in INLINE

    def called(self, frame: FrameType) -> bool:
        """A call begins; False where it is left out."""
        with self.tape.lock:
            code = frame.f_code
            place = self._where(code)
            key = ("call", current_line.get(), code)
            self.left_out.discard(id(frame))
            if self.tape.is_full() or self.tape.too_often(key, "calls", **place):
                self.left_out.add(id(frame))
                return False
            self.count += 1
            by_framework, depth = self._above(frame)
            dependency = by_framework and code in self.dependencies
            call = self.calls[id(frame)] = Call(self.count, depth, code, dependency)
            if dependency:
                self.tape.add("dependency enter", function=code.co_qualname)
            self._put("call", frame, call)
            return True

    def line(self, frame: FrameType) -> None:
        """A line is about to run."""
        call = self._call(frame)
        if call is None:
            return
        with self.tape.lock:
            key = (LINE, call.number, frame.f_lineno)
            call.lines[key] = None
            place = {**self._where(call.code), "line": frame.f_lineno, "frame": call.number}
            if self.tape.is_full() or self.tape.too_often(key, "loop", **place):
                return
            self.tape.tell_skipped(call.lines)
            self._put("line", frame, call)

    def suspended(self, frame: FrameType, value: Any) -> None:
        """A generator yields, or a coroutine waits."""
        if (call := self._call(frame)) is not None:
            self._put("suspend", frame, call, **self._yielded(frame, value))

    def _yielded(self, frame: FrameType, value: Any) -> dict[str, Any]:
        """What a `yield` gives; nothing for an `await`, whose values are asyncio's own."""
        if not frame.f_code.co_flags & AWAITS:
            return self._value(value)
        if type(value).__name__ != WRAPPED:
            return {}
        name = _yielded_name(frame)
        return self._value(frame.f_locals[name]) if name in frame.f_locals else {}

    def resumed(self, frame: FrameType) -> None:
        """It goes on."""
        if id(frame) in self.left_out or not self.tape.on:
            return
        if (call := self._call(frame)) is None:
            self.count += 1  # it was suspended before the recording began
            call = Call(self.count, self._above(frame)[1], frame.f_code, False)
            self.calls[id(frame)] = call
        self._put("resume", frame, call)

    def returned(self, frame: FrameType, value: Any) -> None:
        """A call is over."""
        if (call := self._call(frame)) is not None:
            self._end(frame, call, **self._value(value))

    def unwound(self, frame: FrameType, error: str) -> None:
        """A call is over, since it did not catch an error."""
        if (call := self._call(frame)) is not None:
            self._end(frame, call, raised=error)

    def raised(self, frame: FrameType, error: BaseException) -> None:
        """An error is raised here, or comes up from a call."""
        call = self._call(frame)
        if call is None or isinstance(error, STOPS):
            return
        text = cut(self.describer.error(error))
        self._put("exception", frame, call, type=type(error).__name__, text=text)

    def _call(self, frame: FrameType) -> Call | None:
        if not self.tape.on:
            return None
        call = self.calls.get(id(frame))
        return call if call and call.code is frame.f_code else None

    def _end(self, frame: FrameType, call: Call, **facts: Any) -> None:
        with self.tape.lock:
            self.tape.forget(call.lines)
            self._put("return", frame, call, **facts)
            if call.dependency:
                self.tape.add("dependency exit", function=call.code.co_qualname)
            self.calls.pop(id(frame), None)

    def _above(self, frame: FrameType) -> tuple[bool, int]:
        """Was it called by no code of the learner's? And how deep is it below such code?"""
        above = frame.f_back
        nearest = above is None or not self.wants(above.f_code)
        for _ in range(FARTHEST):
            if above is None:
                break
            call = self.calls.get(id(above))
            if call and call.code is above.f_code:
                return nearest, call.depth + 1
            above = above.f_back
        return nearest, 0

    def _where(self, code: CodeType) -> dict[str, Any]:
        name = code.co_filename.removeprefix(self.root).replace(os.sep, "/")
        return {"file": name, "function": code.co_qualname}

    def _value(self, value: Any) -> dict[str, Any]:
        return {"value": self.describer.value(value)}

    def _put(self, kind: str, frame: FrameType, call: Call, **facts: Any) -> None:
        with self.tape.lock:
            where = self._where(call.code)
            where = {"file": where["file"], "line": frame.f_lineno, **where}
            changed = self._changed(frame, call)
            self.tape.add(kind, **where, frame=call.number, depth=call.depth, **changed, **facts)

    def _changed(self, frame: FrameType, call: Call) -> dict[str, Any]:
        if call.code.co_name == NO_LOCALS:
            return {}
        names = {n: v for n, v in frame.f_locals.items() if not n.startswith(("__", "@", "."))}
        names = dict(list(names.items())[: LIMITS["names"]])
        now = {name: self.describer.value(value) for name, value in names.items()}
        new = {name: shown for name, shown in now.items() if call.shown.get(name) != shown}
        gone = [name for name in call.shown if name not in now]
        call.shown = now
        return {**({"vars": new} if new else {}), **({"gone": gone} if gone else {})}


def _yielded_name(frame: FrameType) -> str | None:
    """The variable of `yield name`: what was loaded two operations before the yield."""
    code = frame.f_code.co_code
    place = frame.f_lasti
    if dis.opname[code[place]] != "YIELD_VALUE":  # Python 3.13 is one operation further
        place -= 2
    if place < 4 or not dis.opname[code[place - 4]].startswith("LOAD_FAST"):
        return None
    index, names = code[place - 3], frame.f_code.co_varnames
    return names[index] if index < len(names) else None
