"""Raises its own limits and lowers those of others."""

import os
import resource

from tools import JUDGE, app, attempt

__all__ = ["app"]

unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
    attempt(name, lambda name=name: resource.setrlimit(getattr(resource, name), unlimited))
attempt("judge", lambda: resource.prlimit(JUDGE, resource.RLIMIT_CPU, (1, 1)))
attempt("look", lambda: resource.prlimit(JUDGE, resource.RLIMIT_CPU))
attempt("nice", lambda: os.nice(-5))
attempt("polite", lambda: os.nice(5))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, JUDGE, 19))
attempt("affinity", lambda: os.sched_setaffinity(JUDGE, {0}))
