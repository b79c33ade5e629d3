"""Records the run of a learner's app for a person: what can't be done becomes a Complaint."""

from __future__ import annotations

from collections.abc import Sequence

from yielddb.judging.exchange import Trouble
from yielddb.judging.reading import SubmissionError
from yielddb.judging.submission import find
from yielddb.sandbox.parent import Sandbox
from yielddb.tracing.defaults import script_for
from yielddb.tracing.recording import record
from yielddb.tracing.script import RequestError
from yielddb.tracing.trace import Trace
from yielddb.workspace.attempts import App
from yielddb.workspace.complaint import Complaint

EXAMPLE = 'POST /items/ {"name": "Umbrella"}'


def record_app(
    app: App,
    requests: Sequence[str],
    *,
    parallel: int = 1,
    startup: bool = False,
    sandbox: Sandbox | None = None,
) -> Trace:
    """The trace of an app of a lesson; without requests, of what the lesson sends.

    Raises Complaint.
    """
    lesson = app.lesson
    try:
        script = script_for(lesson, requests, parallel, startup)
        names = (str(lesson.number), lesson.slug, lesson.stem)
        submission = find(app.path, names)
        title = f"{lesson.number} {lesson.title}"
        return record(submission, script, sandbox, title=title, lesson=lesson.slug)
    except RequestError as error:
        raise Complaint(f"{error}; for example: {EXAMPLE}") from None
    except SubmissionError as error:
        raise Complaint(f"{error}; {error.fix}") from None
    except Trouble as trouble:
        raise Complaint(f"nothing was recorded: {_why(trouble)}") from None


def _why(trouble: Trouble) -> str:
    hint = trouble.diagnosis.hint
    return f"{trouble.sent}: {trouble.diagnosis.text}{f' {hint}' if hint else ''}"
