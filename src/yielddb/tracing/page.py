"""A trace as HTML: a page in one file that asks nobody for anything, or a piece of a notebook."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
from markupsafe import Markup

from yielddb.tracing.trace import Trace
from yielddb.tracing.transcript import sent, transcript

HOME = Path(__file__).parents[1]
PLAYER = HOME / "assets" / "player.js"
END_OF_SCRIPT = re.compile(r"</(?=script)", re.IGNORECASE)


def page(trace: Trace) -> str:
    """The whole file."""
    return _render("page.html", trace, opened=True)


def piece(trace: Trace) -> str:
    """What stands in the output of a cell; without scripts it is the transcript."""
    return _render("piece.html", trace, opened=False)


def player() -> Markup:
    """The player's script, fit to stand inside a page; empty where it is not built."""
    if not PLAYER.is_file():
        return Markup()
    return Markup(END_OF_SCRIPT.sub(r"<\\/", PLAYER.read_text("utf-8")))


def _render(name: str, trace: Trace, opened: bool) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HOME / "templates" / "trace"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(
        json=trace.json(),
        title=title_of(trace),
        error=trace.error,
        transcript="\n".join(transcript(trace)),
        player=player(),
        open=opened,
    )


def title_of(trace: Trace) -> str:
    """The title, else the first request."""
    first = sent(trace.requests[0]).partition(": ")[2] if trace.requests else "A recorded run"
    return str(trace.data.get("title") or first.partition(" -> ")[0])
