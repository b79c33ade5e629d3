"""Has the interpreter call the stepper: sys.settrace on 3.11, sys.monitoring from 3.12 on."""

from __future__ import annotations

import dis
import sys
import threading
from types import CodeType, FrameType
from typing import Any

from yielddb.sandbox.recording.stepping import STOPS, Stepper

RETURN = {dis.opmap["RETURN_VALUE"]}
YIELD = {dis.opmap["YIELD_VALUE"]}
RESUME = dis.opmap["RESUME"]


class SetTrace:
    """For Python 3.11, which tells by one word what several things are."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.codes: dict[CodeType, bytes] = {}
        self.raising: dict[int, str] = {}  # no line has run since
        self.errors: dict[int, str] = {}
        self.lines: dict[int, int] = {}
        self.known: tuple[dict[int, Any], ...] = (self.raising, self.errors, self.lines)

    def start(self) -> None:
        """Trace this thread and all that are started from now on."""
        threading.settrace(self.enter)
        sys.settrace(self.enter)

    def enter(self, frame: FrameType, what: str, argument: Any) -> Any:
        """A frame begins or goes on; gives the function that is told of what happens in it."""
        stepper = self.stepper
        if not stepper.tape.on or not stepper.wants(frame.f_code):
            return None
        if self._goes_on(frame):
            stepper.resumed(frame)
            return self.inside
        for known in self.known:
            known.pop(id(frame), None)  # of a frame that lay at the same address
        return self.inside if stepper.called(frame) else None

    def inside(self, frame: FrameType, what: str, argument: Any) -> Any:
        """One happening in a frame of the learner's."""
        stepper = self.stepper
        if what == "line":
            self.raising.pop(id(frame), None)
            self.lines[id(frame)] = frame.f_lineno
            stepper.line(frame)
        elif what == "exception":
            error = argument[1]
            if isinstance(error, BaseException) and not isinstance(error, STOPS):
                self.raising[id(frame)] = self.errors[id(frame)] = type(error).__name__
                stepper.raised(frame, error)
        elif what == "return":
            self._left(frame, argument)
        return self.inside

    def _left(self, frame: FrameType, value: Any) -> None:
        """A yield, a return, or an error on its way out: all three are told as `return`."""
        operation = self._operation(frame)
        if operation in YIELD and not self._is_leaving(frame, value):
            self.stepper.suspended(frame, value)
            return
        error = self.errors.pop(id(frame), "error")
        self.raising.pop(id(frame), None)
        self.lines.pop(id(frame), None)
        if operation in RETURN:
            self.stepper.returned(frame, value)
        else:
            self.stepper.unwound(frame, error)

    def _is_leaving(self, frame: FrameType, value: Any) -> bool:
        """Does an error leave a generator? Raised again, it points at the yield it came in by."""
        if value is not None or id(frame) not in self.errors:
            return False
        return id(frame) in self.raising or self.lines.get(id(frame)) != frame.f_lineno

    def _goes_on(self, frame: FrameType) -> bool:
        operation = self._operation(frame)
        if operation == RESUME:
            return self._code(frame)[frame.f_lasti + 1] & 3 != 0
        return operation in YIELD  # an error is thrown in

    def _operation(self, frame: FrameType) -> int:
        return self._code(frame)[frame.f_lasti] if frame.f_lasti >= 0 else -1

    def _code(self, frame: FrameType) -> bytes:
        code = frame.f_code
        if code not in self.codes:
            self.codes[code] = code.co_code
        return self.codes[code]


class Monitoring:
    """From Python 3.12 on: code that is not the learner's costs nothing after its first run."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.left_out: set[int] = set()

    def start(self) -> None:
        """Watch every thread."""
        monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
        self.disable = monitoring.DISABLE
        tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
        monitoring.use_tool_id(tool, "yielddb")
        events = monitoring.events
        told = {
            events.PY_START: self.begins,
            events.PY_RESUME: self.goes_on,
            events.PY_THROW: self.thrown,
            events.LINE: self.line,
            events.PY_RETURN: self.returns,
            events.PY_YIELD: self.yields,
            events.RAISE: self.raises,
            events.PY_UNWIND: self.unwinds,
        }
        for event, function in told.items():
            monitoring.register_callback(tool, event, function)
        monitoring.set_events(tool, sum(told))

    def begins(self, code: CodeType, offset: int) -> Any:
        """A call."""
        if not self.stepper.wants(code):
            return self.disable
        if self.stepper.tape.on:
            self.stepper.called(sys._getframe(1))
        return None

    def goes_on(self, code: CodeType, offset: int) -> Any:
        """A generator or coroutine is resumed."""
        if not self.stepper.wants(code):
            return self.disable
        if self.stepper.tape.on:
            self.stepper.resumed(sys._getframe(1))
        return None

    def thrown(self, code: CodeType, offset: int, error: BaseException) -> None:
        """An error is thrown into a generator or coroutine."""
        if self.stepper.tape.on and self.stepper.wants(code):
            self.stepper.resumed(sys._getframe(1))

    def line(self, code: CodeType, number: int) -> Any:
        """A line is about to run."""
        if not self.stepper.wants(code):
            return self.disable
        self.stepper.line(sys._getframe(1))
        return None

    def returns(self, code: CodeType, offset: int, value: Any) -> Any:
        """A call is over."""
        if not self.stepper.wants(code):
            return self.disable
        self.stepper.returned(sys._getframe(1), value)
        return None

    def yields(self, code: CodeType, offset: int, value: Any) -> Any:
        """A generator yields, a coroutine waits."""
        if not self.stepper.wants(code):
            return self.disable
        self.stepper.suspended(sys._getframe(1), value)
        return None

    def raises(self, code: CodeType, offset: int, error: BaseException) -> None:
        """An error is raised or comes up."""
        if self.stepper.tape.on and self.stepper.wants(code):
            self.stepper.raised(sys._getframe(1), error)

    def unwinds(self, code: CodeType, offset: int, error: BaseException) -> None:
        """An error leaves a call."""
        if self.stepper.tape.on and self.stepper.wants(code):
            self.stepper.unwound(sys._getframe(1), type(error).__name__)


def tracer(stepper: Stepper) -> SetTrace | Monitoring:
    """What this Python offers."""
    return Monitoring(stepper) if hasattr(sys, "monitoring") else SetTrace(stepper)
