"""An app that stays alive between the requests of a page, with its database."""

from __future__ import annotations

import re
from typing import Any

import httpx

from yielddb.browser.lacking import NEEDS
from yielddb.browser.parent import InlineSandbox
from yielddb.checking import Broken
from yielddb.judging.exchange import NotStarted, Trouble
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import Submission
from yielddb.judging.transport import client_of
from yielddb.sandbox.events import AppDied, AppFailed, AppSilent

PLACE = re.compile(r"(?P<file>\S+) line (?P<line>\d+)")
MAX_BODY = 1 << 20  # bytes that a page is given to show
Values = dict[str, Any]
Key = tuple[str, str]


class Living:
    """Starts the app at its first use, and again after it died."""

    def __init__(
        self, key: tuple[str, str], sandbox: InlineSandbox, submission: Submission
    ) -> None:
        self.key, self.sandbox = key, sandbox
        self.app: LearnerApp = LearnerApp(sandbox, submission)  # type: ignore[arg-type]
        self.client = client_of(self.app)
        self.seen: object = None
        self.shown = 0

    def openapi(self) -> Values:
        """The app's own description; raises NotStarted."""
        box: Any = self.app.ensure()
        try:
            return dict(box.ask("openapi"))
        except (AppFailed, AppDied, AppSilent) as trouble:
            raise NotStarted(self.app._explained(trouble), "GET /openapi.json") from None

    def request(
        self, method: str, path: str, headers: dict[str, str] | None, body: str | None
    ) -> Values:
        """What came back; raises NotStarted."""
        box: Any = self.app.ensure()
        restarted = box is not self.seen
        if restarted:
            self.seen, self.shown = box, 0
        answer = self._answer(method, path, headers, body)
        log = box.printed.since(self.shown)
        self.shown = box.printed.count
        return {**answer, "log": log, "restarted": restarted}

    def _answer(
        self, method: str, path: str, headers: dict[str, str] | None, body: str | None
    ) -> Values:
        if not path.startswith("/"):
            return _silent(f"{path!r} is no path; it begins with /")
        content = body.encode("utf-8", "replace") if body else None
        try:
            request = self.client.build_request(method, path, headers=headers, content=content)
            response = self.client.send(request)
        except NotStarted:
            raise
        except Trouble as trouble:
            at = trouble.diagnosis.at or trouble.diagnosis.text
            return _silent(self._reason() or trouble.diagnosis.text, at)
        except Broken as broken:
            return _silent(str(broken.saw))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return _silent(f"{type(error).__name__}: {error}")
        exchange = self.app.exchanges[-1]
        failed = {"error": _error(self._reason() or exchange.error, exchange.at)}
        return {
            "status": response.status_code,
            "headers": [list(pair) for pair in response.headers.multi_items()],
            "body": response.content[:MAX_BODY].decode("utf-8", "replace"),
            **(failed if exchange.error else {}),
        }

    def _reason(self) -> str | None:
        reasons = self.sandbox.wanted.reasons
        return f"{NEEDS}: {reasons[-1]}; run `yielddb check`" if reasons else None

    def close(self) -> None:
        """End the app and remove its files."""
        self.client.close()
        self.app.close()


def _silent(says: str, at: str | None = None) -> Values:
    return {"status": 0, "headers": [], "body": "", "error": _error(says, at)}


def _error(says: str | None, at: str | None) -> Values:
    found = PLACE.search(at or "")
    place = {"file": found["file"], "line": int(found["line"])} if found else {}
    return {**place, "text": says or "no answer"}
