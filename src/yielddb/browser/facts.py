"""What the builder of the runtime asks of a course: `python -m yielddb.browser.facts ROOT`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from yielddb import __version__
from yielddb.browser.grading import needs_server
from yielddb.catalogue import Course


def facts(course: Course) -> dict[str, Any]:
    """The lessons, and the table that a page can't read itself."""
    lessons = {
        lesson.slug: {
            "number": lesson.number,
            "slug": lesson.slug,
            "stem": lesson.stem,
            "title": lesson.title,
            "needs_server": needs_server(lesson) or False,
        }
        for lesson in course.lessons
    }
    return {
        "version": __version__,
        "lessons": lessons,
        "misconceptions": dict(course.misconceptions),
    }


if __name__ == "__main__":
    print(json.dumps(facts(Course(Path(sys.argv[1])))))
