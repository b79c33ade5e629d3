"""Times a recorded run beside the same run without a recorder, in turns, in one run.

    python benchmarks/trace.py [--rounds N]

For each lesson: its own requests against its solution, from a fork of the warm parent to the last
answer; prints medians and the median of the ratios round by round. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from yielddb.catalogue import Lesson, default_course
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import Submission
from yielddb.judging.transport import client_of
from yielddb.sandbox.parent import Sandbox
from yielddb.starter import solution_files
from yielddb.tracing.defaults import script_for
from yielddb.tracing.recording import record, submission_of
from yielddb.tracing.script import Script

LIMIT = 5.0  # times the plain run


def plain(sandbox: Sandbox, submission: Submission, script: Script) -> None:
    """Start the app, send the script, wait until it has settled."""
    app = LearnerApp(sandbox, submission)
    try:
        with client_of(app) as client:
            app.ensure()
            for request in (*script.before, *script.sends):
                client.request(request.method, request.path, json=request.body)
                app.settled()
    finally:
        app.close()


def seconds(run: Callable[[], object]) -> float:
    """How long it takes by the clock on the wall."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def compare(sandbox: Sandbox, lesson: Lesson, rounds: int) -> tuple[float, float, float, int]:
    """Median seconds plain and recorded, the median ratio, and how many events there are."""
    submission = submission_of(solution_files(lesson.solution))
    script = script_for(lesson, ())
    events = len(record(submission, script, sandbox).events)
    pairs = [
        (
            seconds(lambda: plain(sandbox, submission, script)),
            seconds(lambda: record(submission, script, sandbox)),
        )
        for _ in range(rounds)
    ]
    without, recorded = zip(*pairs, strict=True)
    ratio = statistics.median(b / a for a, b in pairs)
    return statistics.median(without), statistics.median(recorded), ratio, events


def main() -> None:
    """Print one line for each lesson."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"{'lesson':<24}{'plain ms':>10}{'recorded ms':>13}{'ratio':>8}{'events':>8}")
    worst = 0.0
    with Sandbox() as sandbox:
        for lesson in default_course().lessons:
            without, recorded, ratio, events = compare(sandbox, lesson, rounds)
            worst = max(worst, ratio)
            times = f"{1000 * without:>10.0f}{1000 * recorded:>13.0f}"
            print(f"{lesson.stem:<24}{times}{ratio:>8.2f}{events:>8}")
    print(f"worst ratio {worst:.2f}, to stay below {LIMIT:g}")


if __name__ == "__main__":
    main()
