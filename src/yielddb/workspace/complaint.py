"""What goes wrong around an app, said once, in a sentence a person can act on."""

from __future__ import annotations

import errno

REMEDIES = {
    errno.ENOSPC: "the disk is full; make room and try again, nothing of yours was changed",
    errno.EDQUOT: "your quota is used up; make room and try again, nothing of yours was changed",
    errno.EROFS: "it is read-only; choose another folder: YIELDDB_WORK=~/yielddb-work yielddb ...",
    errno.EACCES: "you may not write there; choose another folder: "
    "YIELDDB_WORK=~/yielddb-work yielddb ...",
    errno.ENOTDIR: "a file stands where a folder is needed; move it away or set YIELDDB_WORK",
    errno.EEXIST: "a file stands where a folder is needed; move it away or set YIELDDB_WORK",
    errno.ENOENT: "it is not there",
}
REMEDIES[errno.EPERM] = REMEDIES[errno.EACCES]


class Complaint(Exception):
    """Nothing could be judged or done; the text says why and what to do. Commands exit with 2."""


def explain(error: OSError) -> str:
    """One line for an error of the file system: the path and the remedy."""
    says = REMEDIES.get(error.errno or 0, error.strerror or str(error))
    where = error.filename2 or error.filename
    return f"{where}: {says}" if where is not None else says
