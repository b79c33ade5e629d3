"""Answers from a recorded run: which SQL, which state, which status; code is named by its text."""

from __future__ import annotations

from dataclasses import dataclass

from yielddb.sandbox.recording.tape import Event
from yielddb.tracing.trace import Trace

KINDS_OF_ANSWER = ("sql", "statements", "state", "value", "status", "checked_out", "transaction")
NEED_OF = ("state", "value")
NEED_PLACE = (*NEED_OF, "checked_out", "transaction")


class QuestionError(LookupError):
    """The run has no answer; `says` tells why and `fix` what to do."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(f"{says}; {fix}")
        self.says, self.fix = says, fix


@dataclass(frozen=True, slots=True)
class Question:
    """`what` of the variable `of`, when the line with the text `at` is about to run.

    `after` in place of `at`: when it has run. Without a place `sql` and `statements` mean the
    whole request. `function` narrows down where the text is looked for.
    """

    what: str | None = None
    of: str | None = None
    at: str | None = None
    after: str | None = None
    function: str | None = None
    request: int = 1

    @property
    def fault(self) -> str | None:
        """What is missing in the question itself."""
        if self.what not in KINDS_OF_ANSWER:
            return f"`shows: {self.what}` is not known"
        if self.at and self.after:
            return "`at` and `after` are two places"
        if self.what in NEED_PLACE and not (self.at or self.after):
            return f"`shows: {self.what}` needs `at` or `after`, a text of the line"
        if self.what in NEED_OF and not self.of:
            return f"`shows: {self.what}` needs `of`, the name of a variable"
        return None


def answer(trace: Trace, question: Question) -> str:
    """The answer as a reader would write it; raises QuestionError."""
    if question.what == "status":
        return str(_request(trace, question)["status"])
    begin, end = _place(trace, question)
    events = trace.events
    if question.what in ("sql", "statements"):
        sent = [e["statement"] for e in events[begin:end] if _is_sent(e, question)]
        if question.what == "statements":
            return str(len(sent))
        return "\n".join(sent) or "no SQL"
    moment = end if question.after else begin
    if question.what == "checked_out":
        known = [e["checked_out"] for e in events[: moment + 1] if "checked_out" in e]
        return str(known[-1])
    if question.what == "transaction":
        return "open" if _open(events[: moment + 1]) else "none"
    return _variable(events[: moment + 1], events[begin]["frame"], question)


def _request(trace: Trace, question: Question) -> dict[str, object]:
    for request in trace.requests:
        if request["number"] == question.request:
            return request
    count = len(trace.requests)
    raise QuestionError(f"the run has no request {question.request}", f"it has {count}")


def _is_sent(event: Event, question: Question) -> bool:
    return event["kind"] == "sql" and event.get("request") == question.request


def _place(trace: Trace, question: Question) -> tuple[int, int]:
    """Where the line is about to run, and where its call goes on; else the whole run."""
    events, marker = trace.events, question.at or question.after
    _request(trace, question)
    if marker is None:
        return 0, len(events)
    found = [
        index
        for index, event in enumerate(events)
        if event["kind"] == "line"
        and event.get("request") == question.request
        and question.function in (None, event["function"])
        and marker in trace.source(event)
    ]
    lines = {(events[i]["file"], events[i]["line"]) for i in found}
    where = f" in {question.function}" if question.function else ""
    if not lines:
        ran = {
            e["function"] for e in events if "frame" in e and e.get("request") == question.request
        }
        fix = f"functions that ran: {', '.join(sorted(ran)) or 'none'}"
        raise QuestionError(f"no line with `{marker}` ran{where}", fix)
    if len(lines) > 1:
        fix = "name more of its text, or its function with `in`"
        raise QuestionError(f"`{marker}` stands in {len(lines)} lines that ran{where}", fix)
    begin = found[0]
    frame = events[begin]["frame"]
    later = range(begin + 1, len(events))
    return begin, next((i for i in later if events[i].get("frame") == frame), len(events) - 1)


def _open(events: list[Event]) -> bool:
    last = {e["connection"]: e["transaction"] for e in events if "transaction" in e}
    return any(last.values())


def _variable(events: list[Event], frame: int, question: Question) -> str:
    known: dict[str, dict[str, str]] = {}
    for event in events:
        if event.get("frame") == frame:
            known |= event.get("vars", {})
            for name in event.get("gone", ()):
                known.pop(name, None)
    value = known.get(question.of or "")
    if value is None:
        fix = f"variables there: {', '.join(known) or 'none'}"
        raise QuestionError(f"there is no variable `{question.of}` at that moment", fix)
    if question.what == "value":
        return value["repr"]
    states = [e for e in events if e["kind"] == "state" and e["object"] == value.get("object")]
    if not states:
        raise QuestionError(f"`{question.of}` is no mapped object", "ask for its `value`")
    return f"{states[-1]['state']}{', expired' if states[-1]['expired'] else ''}"
