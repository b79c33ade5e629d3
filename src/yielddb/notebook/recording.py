"""A recorded run as a notebook shows it: the player where scripts run, else the transcript."""

from __future__ import annotations

from collections.abc import Iterable

from yielddb.tracing.page import piece
from yielddb.tracing.trace import Trace
from yielddb.tracing.transcript import transcript


class Recording:
    """Shown by Jupyter as HTML, elsewhere as text."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace

    def __repr__(self) -> str:
        return "\n".join(transcript(self.trace))

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None
    ) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": piece(self.trace)}
