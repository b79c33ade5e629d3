"""Replaces what differs in each run: addresses, folders, moments, random ids; masks secrets."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
SECRET = re.compile(r"(?<=://)([^\s:/@'\"]+):([^\s/@'\"]+)@")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
REPR = re.compile(r"datetime\.datetime\((\d{4}), (\d+), (\d+), (\d+), (\d+)(?:, \d+)*")
DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b|datetime\.date\(\d{4}, \d+, \d+\)")
FRACTION = re.compile(r"\b\d+\.\d{4,}\b")  # a clock read as a number; a price has two places
UUID4 = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b"
    r"|\b[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\b"
)
SLACK_S = 120.0  # around the run: an app may round, or add a minute
T = TypeVar("T")


class Normal:
    """Made at the end of a run that began at `begun`, in seconds since 1970."""

    def __init__(
        self, places: Iterable[Path], files: Mapping[str, bytes], begun: float | None = None
    ) -> None:
        self.places = sorted({str(path) for path in places}, key=len, reverse=True)
        end = time.time()
        length = SLACK_S + end - (end if begun is None else begun)
        self.clocks = [(now - length, now + SLACK_S) for now in (end, time.perf_counter())]
        self.zones = [dt.UTC, dt.datetime.now().astimezone().tzinfo]
        self.known = {
            m[0] for text in files.values() for m in UUID4.finditer(text.decode("utf-8", "replace"))
        }
        self.ids: dict[str, str] = {}

    def of(self, value: T) -> T:
        """The same JSON value with every text replaced."""
        found: Any = value
        if isinstance(value, str):
            found = self.text(value)
        elif isinstance(value, list):
            found = [self.of(item) for item in value]
        elif isinstance(value, dict):
            found = {key: self.of(item) for key, item in value.items()}
        return found  # type: ignore[no-any-return]

    def text(self, text: str) -> str:
        """One text."""
        for place in self.places:
            text = text.replace(place + "/", "").replace(place, ".")
        text = ADDRESS.sub("0x…", text)
        text = SECRET.sub(r"\1:***@", text)
        text = UUID4.sub(self._id, text)
        text = MOMENT.sub(self._moment, text)
        text = REPR.sub(self._repr, text)
        text = DAY.sub(self._day, text)
        return FRACTION.sub(self._fraction, text)

    def _id(self, match: re.Match[str]) -> str:
        found = match[0].replace("-", "")
        if match[0] in self.known:
            return match[0]
        number = self.ids.setdefault(found, f"{len(self.ids) + 1:012x}")
        made = f"00000000-0000-4000-8000-{number}"
        return made if "-" in match[0] else made.replace("-", "")

    def _is_now(self, moment: dt.datetime) -> bool:
        begin, end = self.clocks[0]
        return any(begin <= moment.replace(tzinfo=zone).timestamp() <= end for zone in self.zones)

    def _moment(self, match: re.Match[str]) -> str:
        try:
            moment = dt.datetime.fromisoformat(f"{match[1]} {match[2]}")
        except ValueError:
            return match[0]
        return "YYYY-MM-DDThh:mm:ss" if self._is_now(moment) else match[0]

    def _repr(self, match: re.Match[str]) -> str:
        try:
            moment = dt.datetime(*map(int, match.groups()))  # type: ignore[arg-type]
        except ValueError:
            return match[0]
        now = self._is_now(moment) or self._is_now(moment + dt.timedelta(seconds=59))
        return "datetime.datetime(YYYY, M, D, h, m, s" if now else match[0]

    def _day(self, match: re.Match[str]) -> str:
        days = [
            dt.datetime.fromtimestamp(moment, zone).date()
            for moment in self.clocks[0]
            for zone in self.zones
        ]
        return (
            "YYYY-MM-DD"
            if match[0] in {text for d in days for text in (str(d), repr(d))}
            else match[0]
        )

    def _fraction(self, match: re.Match[str]) -> str:
        number = float(match[0])
        return "s.ssssss" if any(a <= number <= b for a, b in self.clocks) else match[0]
