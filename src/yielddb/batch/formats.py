"""Verdicts in the formats of autograders: Gradescope, Classroom 50 and JUnit."""

from __future__ import annotations

import json
import os
import re
from typing import Any
from xml.etree import ElementTree as ET

from yielddb.batch.pages import check_text, feedback
from yielddb.batch.records import Class, Graded
from yielddb.verdict import CheckResult
from yielddb.workspace.report import visible

# what Classroom 50's runner sets
VARIABLES = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL")
# what XML 1.0 can't hold, even escaped (section 2.2, Char)
NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def gradescope(graded: Graded) -> str:
    """`/autograder/results/results.json`.

    Source: Gradescope's autograder specification, "Output format". `visibility` is `visible` or
    `hidden`; a hidden test's name and output are kept from students by Gradescope itself, so
    the text above the tests, which students see, speaks of visible ones only.
    """
    verdict = graded.verdict
    record = {
        "score": verdict.score,
        "execution_time": verdict.seconds,
        "output": "" if verdict.status == "passed" else feedback([graded]),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"lesson": graded.slug, "student": graded.student, "graded": graded.graded},
        "tests": [_test(number, check) for number, check in enumerate(verdict.checks, 1)],
        "leaderboard": [],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _test(number: int, check: CheckResult) -> dict[str, Any]:
    passed = check.status == "passed"
    waits = "waits for a check that did not pass" if check.status == "skipped" else ""
    return {
        "name": check.title,
        "score": check.points if passed else 0,
        "max_score": check.points,
        "status": "passed" if passed else "failed",
        "number": str(number),
        "output": "" if passed else waits or check_text(check),
        "output_format": "text",
        "tags": [],
        "visibility": check.visibility,
        "extra_data": {"id": check.id, "misconception": check.misconception},
    }


def classroom50(graded: Graded) -> str:
    """`result.json` in the schema `classroom50/result/v1`.

    Source: Classroom 50's autograder contract: integers whose sum is the score, keys with hyphens,
    times that end in Z, and the variables of its runner; the runner itself writes owner and
    assignment_type over ours. Students read this file: hidden checks are one line without a name.
    """
    verdict = graded.verdict
    environment = {name: os.environ.get(name, "") for name in VARIABLES}
    shown = visible(verdict.checks)
    tests = [_line(check.title, check.status == "passed", [check]) for check in shown]
    if hidden := [check for check in verdict.checks if check.visibility == "hidden"]:
        passed = all(check.status == "passed" for check in hidden)
        tests.append(_line("what only the class run checks", passed, hidden))
    record = {
        "schema": "classroom50/result/v1",
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"] or graded.slug,
        "assignment_type": "individual",
        "owner": graded.student,
        "submission": environment["SUBMISSION_TAG"] or graded.submission,
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        "review": environment["REVIEW_URL"] or environment["COMMIT_URL"],
        "datetime": graded.graded.replace("+00:00", "Z"),
        "graded_at": graded.graded.replace("+00:00", "Z"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _line(name: str, passed: bool, checks: list[CheckResult]) -> dict[str, Any]:
    return {
        "test-name": name,
        "passed": passed,
        "score": round(sum(check.points for check in checks if check.status == "passed")),
        "max-score": round(sum(check.points for check in checks)),
    }


def junit(classroom: Class) -> str:
    """JUnit's XML: a suite for each submission, a case for each check, hidden ones too.

    Source: the form that Jenkins and GitLab read: testsuites, testsuite, testcase, and in it
    failure, error or skipped. For instructors; learners are not meant to get it.
    """
    root = ET.Element("testsuites")
    for student in classroom.students:
        for graded in classroom.of(student):
            _suite(root, graded)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _suite(root: ET.Element, graded: Graded) -> None:
    verdict = graded.verdict
    name = _xml(f"{graded.student} {graded.slug}")
    statuses = [check.status for check in verdict.checks]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(statuses)),
        failures=str(statuses.count("failed")),
        errors=str(statuses.count("error")),
        skipped=str(statuses.count("skipped")),
        time=f"{verdict.seconds:.3f}",
        timestamp=graded.graded,
    )
    for check in verdict.checks:
        case = ET.SubElement(
            suite, "testcase", classname=name, name=_xml(check.title), time=f"{check.seconds:.3f}"
        )
        if check.status == "skipped":
            ET.SubElement(case, "skipped")
        elif check.status != "passed":
            tag = "failure" if check.status == "failed" else "error"
            says = _xml(check.contract or check.came_back or "")
            kind = check.misconception or check.status
            ET.SubElement(case, tag, message=says, type=kind).text = _xml(check_text(check))


def _xml(text: str) -> str:
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
