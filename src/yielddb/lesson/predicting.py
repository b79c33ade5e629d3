"""The right answer of a prediction: what a cell printed, or what a recorded run shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yielddb.judging.exchange import Trouble
from yielddb.lesson.answers import AnswerError, app_files, breakage, scattered
from yielddb.lesson.blocks import Debug, Predict, Trace
from yielddb.lesson.options import Option
from yielddb.lesson.text import LessonText
from yielddb.lesson.transcript import LABEL, Recorder, recorded
from yielddb.tracing.questions import QuestionError, answer
from yielddb.tracing.recording import record_files
from yielddb.tracing.script import RequestError, script
from yielddb.tracing.trace import Trace as Recording


def prediction(
    text: LessonText, block: Predict, recorder: Recorder = record_files
) -> tuple[Option, ...]:
    """The options in an order of no meaning; the right one comes out of a run.

    Raises AnswerError where there is no run to look at, or a wrong option equals its answer.
    """
    truth = _shown(text, block, recorder) if block.question else _printed(text, block)
    source = "the run shows" if block.question else "the cell prints"
    for option in block.options:
        if option.text.strip() == truth.strip():
            says = f"a wrong option equals what {source}: {option.text!r}"
            raise AnswerError(says, "delete the option or change what is run")
    options = (*block.options, Option(truth, block.why, right=True))
    return tuple(sorted(options, key=lambda option: scattered(option.text, block.id)))


def _printed(text: LessonText, block: Predict) -> str:
    cell = text.cell(block.cell)
    if cell is None:
        names = ", ".join(c.name for c in text.cells if c.name) or "none has a name"
        raise AnswerError(f"no cell is named `{block.cell}`", f"cells: {names}")
    if cell.line < block.line:
        raise AnswerError(f"the cell `{block.cell}` stands above", "ask before the cell runs")
    truth = text.outputs()[cell.index].text
    if not truth:
        raise AnswerError(f"the cell `{block.cell}` prints nothing", "let it print what you ask")
    return truth


def _shown(text: LessonText, block: Predict, recorder: Recorder) -> str:
    run = _run(text, block.trace)
    if run.line < block.line:
        raise AnswerError(f"the run `{block.trace}` stands above", "ask before it is shown")
    files: Mapping[Path, str] = app_files(text.lesson)
    if isinstance(run, Debug):
        files = breakage(text.lesson, run).broken
    assert block.question
    try:
        trace = trace_of(files, run, recorder, text.lesson.course.root)
        return LABEL.sub(r"\1.\2", answer(trace, block.question))
    except QuestionError as error:
        raise AnswerError(error.says, error.fix) from None


def _run(text: LessonText, name: str | None) -> Trace | Debug:
    found = {block.id: block for block in text.blocks if isinstance(block, Trace | Debug)}
    if name not in found:
        names = ", ".join(found) or "there is none"
        raise AnswerError(f"no recorded run is called `{name}`", f"runs: {names}")
    return found[name]


def step_of(text: LessonText, see: str, recorder: Recorder = record_files) -> str:
    """The anchor of a step of a recorded run, told by its words.

    `see` is `trace-id: words`, or `trace-id: words > words` for the first such step after another;
    of a comparison the broken app is meant. Raises AnswerError.
    """
    name, _, words = (part.strip() for part in see.partition(":"))
    run = _run(text, name)
    files: Mapping[Path, str] = app_files(text.lesson)
    if isinstance(run, Debug):
        files = breakage(text.lesson, run).broken
    trace = trace_of(files, run, recorder, text.lesson.course.root)
    shown = [f"{event['kind']} {trace.detail(event)}" for event in trace.events]
    step = 0
    for wanted in words.split(" > "):
        found = [at for at, says in enumerate(shown, 1) if at > step and wanted in says]
        if not wanted or not found:
            fix = "use words of its transcript, such as `commit` or `checkin connection 1`"
            raise AnswerError(f"no step of `{name}` says `{wanted}`", fix)
        step = found[0]
    return f"{name}-run:{step}"


def trace_of(
    files: Mapping[Path, str], block: Trace | Debug, recorder: Recorder, root: Path
) -> Recording:
    """What was recorded of these files when they were sent the requests of the block.

    Raises AnswerError.
    """
    startup = isinstance(block, Trace) and block.startup
    try:
        sent = script(block.requests, block.before, startup=startup)
        return recorded(files, sent, recorder, root)
    except RequestError as error:
        raise AnswerError(f"the run can't be recorded: {error}", "mend the request") from None
    except Trouble as trouble:
        fix = "run the app and send it the requests of this block"
        raise AnswerError(f"the run can't be recorded: {trouble}", fix) from None
