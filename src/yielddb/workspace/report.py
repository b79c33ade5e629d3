"""The words of a verdict, line by line; terminal and notebook give them their looks."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yielddb.verdict import CheckResult, Verdict

WIDTH = 80  # columns; a person's terminal may be wider, a line of text should not be
PARTS = 4  # sent, came back, contract, hint
ROWS = PARTS + 1  # an error of the app has two: its last words count most
CRASHED = re.compile(r"500, |[\w./]+ line \d+: |\w+(Error|Exception): ")  # an error of the app
LABEL = 10
INDENT = "  "
ROOM = WIDTH - len(INDENT) - LABEL
HINT_AT = 20  # columns of a contract, at least, before a hint on the same line

# what a check sends is spelled out in full; a person pastes less
SHORTER = (
    (r"^curl -X POST (?=.* -d )", "curl "),
    (r" -H 'content-type: application/json' -d ", " --json "),
    (r"^(curl (?:-X \w+ )?'?)http://", r"\1"),
)
# an argument may hold quoted blanks; a shell takes the pieces for one word
SHELL_WORDS = re.compile(r"""(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""")
BODY = re.compile(r" --json '(?P<body>[^']*)'")
JSON_MEMBERS = re.compile(r'(?<=,) (?="\w+": )')  # blanks between members, never inside a text

MARKS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "·"}
PLAIN_MARKS = {"passed": "+", "failed": "x", "error": "!", "skipped": "-"}

Advice = Callable[[CheckResult], str | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `label` and `text` with the name of the style each is shown in."""

    text: str
    style: str = ""
    label: str = ""
    label_style: str = ""

    def __str__(self) -> str:
        return f"{self.label}{self.text}"


def tidy(text: str) -> str:
    """On one line, and without what could move a terminal's cursor or change its colours."""
    flat = " ".join(text.split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def clip(text: str, room: int) -> str:
    """The text, cut with an ellipsis where it takes more columns than there are."""
    if columns(text) <= room:
        return text
    while columns(text) > room - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, room: int, rows: int) -> list[str]:
    """At most so many rows, broken between words; the last one is clipped."""
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < rows - 1:
        line = words.pop(0)
        while words and columns(f"{line} {words[0]}") <= room:
            line += f" {words.pop(0)}"
        lines.append(clip(line, room))
    if words:
        lines.append(clip(" ".join(words), room))
    return lines


def tidy_command(command: str) -> str:
    """A command as short as it can be pasted, without line ends and control characters."""
    flat = command.replace("\r", "").replace("\n", " ")
    for long, short in SHORTER:
        flat = re.sub(long, short, flat)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in flat).strip()


def wrap_command(command: str, room: int) -> list[str]:
    """A command in rows that a shell reads as one: broken between arguments or JSON members."""
    pieces = _pieces(command)
    if columns(command) <= room or not pieces:
        return [command]
    lines = [pieces[0][0]]
    for (piece, ending), after in zip(pieces[1:], [*pieces[2:], ("", "")], strict=True):
        if columns(f"{lines[-1]} {piece}{after[1]}") <= room:
            lines[-1] += f" {piece}"
        else:
            lines[-1] += ending
            lines.append(f"  {piece}")
    return lines


def command_rows(command: str, room: int, rows: int) -> list[str]:
    """A command in so many rows; where it needs more, its body is cut in the middle."""
    lines = wrap_command(command, room)
    if len(lines) <= rows and all(columns(line) <= room for line in lines):
        return lines
    return [shortened(command, room)]


def shortened(command: str, room: int) -> str:
    """A command on one line, the address first: what is too long is cut out of its body."""
    match = BODY.search(command)
    if match is None:
        return clip(command, room)
    start = f"{command[: match.start()]}{command[match.end() :]} --json '"
    body, end = match["body"][:-1], match["body"][-1:]
    while body and columns(f"{start}{body}…{end}'") > room:
        body = body[:-1]
    return f"{start}{body.rstrip()}…{end}'"


def whole_commands(checks: Sequence[CheckResult]) -> list[str]:
    """The commands of failures that may have been cut to fit, whole."""
    failed = [c.sent for c in checks if c.status in ("failed", "error") and c.sent]
    return [whole for sent in failed if columns(whole := tidy_command(sent)) > ROOM]


def _pieces(command: str) -> list[tuple[str, str]]:
    """The command in unbreakable pieces, each with what the row before it must end with."""
    pieces = []
    for word in SHELL_WORDS.findall(command):
        members = JSON_MEMBERS.split(word) if word.startswith("'{") else [word]
        pieces += [(x, "" if number else " \\") for number, x in enumerate(members)]
    return pieces


def marks_for(encoding: str | None) -> dict[str, str]:
    """Ticks and crosses where the output can show them."""
    try:
        "".join(MARKS.values()).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN_MARKS
    return MARKS


def check_lines(result: CheckResult, hint: str | None, marks: dict[str, str] = MARKS) -> list[Line]:
    """A tick and the title, or the title and at most four facts, in five lines."""
    title = clip(tidy(result.title), WIDTH - 2)
    style = {"passed": "pass", "skipped": "dim"}.get(result.status, "fail")
    bold = "" if result.status == "passed" else "bold"
    head = Line(title, bold, f"{marks[result.status]} ", style)
    if result.status not in ("failed", "error"):
        return [head]
    return [head, *_facts(result, hint)]


def _facts(result: CheckResult, hint: str | None) -> list[Line]:
    """At most four lines: the short leave room for the long; an error of the app has two."""
    command = tidy_command(result.sent or "")
    came, contract, says = (tidy(x or "") for x in (result.came_back, result.contract, hint))
    together = f"{contract:<{HINT_AT}}  hint: {says}"
    if contract and says and columns(together) <= ROOM:
        contract, says = together, ""
    spare = PARTS - sum(map(bool, (command, came, contract, says)))
    sent = command_rows(command, ROOM, 1 + spare) if command else []
    spare -= max(0, len(sent) - 1)
    rows: list[tuple[str, list[str]]] = [("sent", sent)]
    for label, text in (("came back", came), ("contract", contract), ("hint", says)):
        least = 1 if label == "came back" and CRASHED.match(text) else 0
        told = wrap(text, ROOM, 1 + max(spare, least)) if text else []
        spare = max(0, spare - max(0, len(told) - 1))
        rows.append((label, told))
    return [
        Line(text, "", f"{INDENT}{label if not number else '':<{LABEL}}", "dim")
        for label, texts in rows
        for number, text in enumerate(texts)
    ]


def visible(checks: Sequence[CheckResult]) -> list[CheckResult]:
    """What a learner gets to see."""
    return [check for check in checks if check.visibility == "visible"]


def closing_lines(verdict: Verdict, marks: dict[str, str] = MARKS) -> list[Line]:
    """What waits, what is hidden, and the points."""
    shown = visible(verdict.checks)
    waiting = sum(check.status == "skipped" for check in shown)
    problem = next((c for c in shown if c.status in ("failed", "error")), None)
    lines = []
    if waiting:
        count = "1 check waits" if waiting == 1 else f"{waiting} checks wait"
        what = f"{count} for: {tidy(problem.title)}" if problem else count
        lines.append(Line(clip(what, WIDTH - 2), "dim", f"{marks['skipped']} ", "dim"))
    if len(shown) < len(verdict.checks) and verdict.status == "failed" and problem is None:
        lines.append(Line("a check that only the class run shows did not pass", "", "! ", "fail"))
    if verdict.status != "error":
        style = "pass" if verdict.status == "passed" else "fail"
        seed = verdict.versions.get("seed") if verdict.status == "failed" else None
        again = f" The same data again: --seed {seed}" if seed else ""
        lines.append(Line(points(verdict) + again, style))
    return lines


def points(verdict: Verdict) -> str:
    """`3 of 5 points`, or that all checks passed."""
    score = f"{verdict.score:g} of {verdict.max_score:g} points"
    return f"All checks passed: {score}." if verdict.status == "passed" else f"{score}."


def command(name: str, *arguments: str) -> str:
    """A command line of ours that can be pasted."""
    return " ".join(["yielddb", name, *map(_quoted, arguments)])


def _quoted(argument: str) -> str:
    """One word for a shell; what `tidy` would change is spelled out, as bash and zsh read it."""
    if tidy(argument) == argument:
        return shlex.quote(argument)
    spelled = (
        c if c.isprintable() and c not in " '\\" else "".join(f"\\x{b:02x}" for b in os.fsencode(c))
        for c in argument
    )
    return f"$'{''.join(spelled)}'"
