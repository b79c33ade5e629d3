"""The `yielddb` command; each subcommand hands over to a module that does the work."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from yielddb import __version__, dev
from yielddb.catalogue import CatalogueError, default_course
from yielddb.sandbox.events import SandboxError
from yielddb.workspace.complaint import Complaint, explain

LessonName = Annotated[
    str | None,
    typer.Argument(metavar="[LESSON]", help="Number or slug; the lesson in hand without it."),
]
OneLesson = Annotated[str, typer.Argument(metavar="LESSON", help="Number or slug.")]
AppPath = Annotated[
    Path | None,
    typer.Argument(metavar="[PATH]", help="The app's folder or file; work/NN_slug without it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Log = Annotated[bool, typer.Option("--log", help="Show what the app printed, too.")]


class Commands(typer.core.TyperGroup):
    """Turns what can go wrong into one line on stderr and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (Complaint, CatalogueError, SandboxError) as error:
            says = str(error)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            says = explain(error)
        print(f"yielddb: {says}", file=sys.stderr)
        raise typer.Exit(2)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Learn FastAPI + SQLAlchemy by watching your own app run.",
)
app.add_typer(dev.app, name="dev")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"yielddb {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Learn FastAPI + SQLAlchemy by watching your own app run."""


@app.command()
def start(
    lesson: LessonName = None,
    browser: Annotated[bool, typer.Option(help="Open the pages in a browser.")] = True,
    port: Annotated[int | None, typer.Option(help="JupyterLab's port; a free one.")] = None,
    site_port: Annotated[int | None, typer.Option(help="The site's port; a free one.")] = None,
) -> None:
    """Open JupyterLab on the notebooks, and the site; Ctrl-C stops both."""
    from yielddb.terminal.opening import start as open_all
    from yielddb.terminal.start import Options

    course = default_course()
    dev.build_site_once(course)
    open_all(course, lesson, Options(port, site_port, browser))


@app.command()
def check(
    lesson: LessonName = None,
    path: AppPath = None,
    json: AsJson = False,
    log: Log = False,
    seed: Annotated[int | None, typer.Option(min=0, help="The data of an earlier run.")] = None,
    require_isolation: Annotated[
        Literal["A", "B", "C"] | None,
        typer.Option(metavar="LEVEL", help="Refuse below this level: A, B or C."),
    ] = None,
) -> None:
    """Grade one app: send it requests and say what was seen."""
    from yielddb.terminal import grading

    course, level = default_course(), require_isolation
    verdict = grading.check(course, lesson, path, as_json=json, log=log, require=level, seed=seed)
    raise typer.Exit(verdict.exit_code)


@app.command()
def watch(
    lesson: LessonName = None, path: AppPath = None, json: AsJson = False, log: Log = False
) -> None:
    """Grade now and again at every save, until Ctrl-C."""
    from yielddb.terminal import grading

    grading.watch(default_course(), lesson, path, as_json=json, log=log)


@app.command()
def trace(
    lesson: LessonName = None,
    path: AppPath = None,
    request: Annotated[
        list[str] | None,
        typer.Option(metavar="'POST /items/ {...}'", help="What to send; once for each request."),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, help="Send so many of each at once.")] = 1,
    startup: Annotated[bool, typer.Option("--startup", help="Record the start-up, too.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page to it.")] = None,
    json: AsJson = False,
    show: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show JSON that was recorded before.")
    ] = None,
) -> None:
    """Record a run line by line: code, SQL, transactions, the pool, the state of objects."""
    from yielddb.terminal import tracing

    wishes = tracing.Wishes(request or (), parallel, startup, html, json)
    if show is not None:
        raise typer.Exit(tracing.show_file(show, wishes))
    raise typer.Exit(tracing.trace(default_course(), lesson, path, wishes))


@app.command()
def hint(lesson: LessonName = None, json: AsJson = False) -> None:
    """Show the next step of the hint for the failure seen last."""
    from yielddb.terminal import shelf

    shelf.hint(default_course(), lesson, as_json=json)


@app.command()
def reset(
    lesson: OneLesson,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: AsJson = False,
) -> None:
    """Put the starter back; your code is kept in work/.yielddb/backups."""
    from yielddb.terminal import shelf

    shelf.reset(default_course(), lesson, yes=yes, as_json=json)


@app.command()
def run(
    lesson: LessonName = None,
    path: AppPath = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to listen.")] = 8000,
) -> None:
    """Serve the app with reload and print the address of its /docs."""
    from yielddb.terminal.serve import serve
    from yielddb.workspace.attempts import Learner

    chosen = Learner(default_course()).app(lesson, path)
    serve(chosen.path, port, lambda line: print(line, flush=True))


@app.command()
def doctor(json: AsJson = False) -> None:
    """Say how well this system keeps an app in, layer by layer, and what is missing."""
    from yielddb.terminal import doctor as examination

    examination.doctor(as_json=json)


@app.command()
def progress(json: AsJson = False) -> None:
    """List the lessons: what has passed, the best score, the attempts."""
    from yielddb.terminal import shelf

    shelf.progress(default_course(), as_json=json)


@app.command()
def solution(
    lesson: OneLesson,
    spoil: Annotated[bool, typer.Option("--spoil", help="Even before the check passed.")] = False,
    json: AsJson = False,
) -> None:
    """Show the finished app, once its check has passed."""
    from yielddb.terminal import shelf

    shelf.solution(default_course(), lesson, spoil=spoil, as_json=json)


@app.command()
def grade(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the class.")],
    lesson: Annotated[str | None, typer.Option(help="Grade this lesson alone.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Workers; one a core.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds for one app.")] = 300,
    seed: Annotated[int | None, typer.Option(help="Data of the checks; else by the app.")] = None,
    out: Annotated[Path | None, typer.Option(help="Results; DIR-results beside DIR.")] = None,
    roster: Annotated[Path | None, typer.Option(help="CSV: student id, name, e-mail.")] = None,
    feedback: Annotated[bool, typer.Option("--feedback", help="A file for each learner.")] = False,
    checks: Annotated[Path | None, typer.Option(help="Your own checks, NN_slug.py.")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Judge on a farm.")] = None,
    inside: Annotated[
        str | None,
        typer.Option("--for", metavar="NAME", help="DIR is one app in gradescope or classroom50."),
    ] = None,
    json: AsJson = False,
    require_isolation: Annotated[
        Literal["A", "B", "C"], typer.Option(metavar="LEVEL", help="Refuse below it: A, B or C.")
    ] = "B",
) -> None:
    """Grade a class: folders, .py, .ipynb and .zip below DIR; again, only what changed."""
    from yielddb.batch.commands import grade_class, grade_one
    from yielddb.batch.records import Options

    options = Options(
        folder, lesson, jobs, timeout, seed, out, roster, require_isolation, checks, dask
    )
    if inside:
        raise typer.Exit(grade_one(default_course(), options, inside))
    raise typer.Exit(grade_class(default_course(), options, as_json=json, feedback=feedback))


@app.command()
def export(
    results: Annotated[Path, typer.Argument(help="The results' folder, or its results.db.")],
    to: Annotated[str, typer.Option(metavar="NAME", help="gradescope, canvas, moodle, ...")],
    out: Annotated[Path | None, typer.Option(help="File or folder; beside the results.")] = None,
    json: AsJson = False,
) -> None:
    """Write results for gradescope, classroom50, canvas, moodle, junit, csv."""
    from yielddb.batch.commands import export_results

    export_results(results, to, out, as_json=json)


def main() -> None:
    """Run the command line; the entry point of `yielddb`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an app may answer what a terminal can't show
    app()


if __name__ == "__main__":
    main()
