"""A verdict as a notebook shows it: HTML where there is a screen, text where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2

from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.report import check_lines, closing_lines, tidy, tidy_command, visible

LOG_CHARACTERS = 20_000  # the end of an app's log; a notebook keeps it in its file


class Result:
    """Shown by Jupyter as HTML, elsewhere as text; without times, so that it stays the same."""

    def __init__(self, verdict: Verdict, advice: Mapping[str, str | None], then: str) -> None:
        self.verdict = verdict
        self.advice = advice
        self.then = then

    def __repr__(self) -> str:
        shown = [c for c in visible(self.verdict.checks) if c.status != "skipped"]
        lines = [x for c in shown for x in check_lines(c, self.advice.get(c.id))]
        return "\n".join(map(str, [*lines, *closing_lines(self.verdict), self.then]))

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        folder = Path(__file__).parents[1] / "templates" / "verdict"
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        shown = [c for c in visible(self.verdict.checks) if c.status != "skipped"]
        return environment.get_template("result.html").render(
            checks=[self._facts(check) for check in shown],
            closing=[*map(str, closing_lines(self.verdict)), self.then],
            log=self.verdict.log[-LOG_CHARACTERS:] if self.verdict.status != "passed" else "",
        )

    def _facts(self, check: CheckResult) -> dict[str, Any]:
        rows: list[tuple[str, str | None]] = []
        if check.status != "passed":
            rows = [
                ("sent", tidy_command(check.sent) if check.sent else None),
                ("came back", check.came_back),
                ("contract", check.contract),
                ("hint", self.advice.get(check.id)),
            ]
        facts = [(name, text) for name, text in rows if text]
        return {"status": check.status, "title": tidy(check.title), "facts": facts}
