"""Follows mapped objects and sessions: reads their records, and never an attribute."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

from sqlalchemy.orm import InstanceState, Session

from yielddb.sandbox.recording.tape import LIMITS, Tape, current_line
from yielddb.sandbox.recording.values import Describer, cut

STATES = ("transient", "pending", "persistent", "deleted", "detached")


def record_of(value: Any) -> InstanceState[Any] | None:
    """SQLAlchemy's own record of a mapped object; None for anything else."""
    try:
        found = object.__getattribute__(value, "_sa_instance_state")
    except AttributeError:
        return None
    return found if isinstance(found, InstanceState) else None


class States:
    """Numbers objects and sessions by first sight and puts each change of state on the tape."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.names: weakref.WeakKeyDictionary[InstanceState[Any], str] = weakref.WeakKeyDictionary()
        self.lines: weakref.WeakKeyDictionary[InstanceState[Any], int | None] = (
            weakref.WeakKeyDictionary()
        )
        self.told: weakref.WeakKeyDictionary[InstanceState[Any], tuple[Any, ...]] = (
            weakref.WeakKeyDictionary()
        )
        self.sessions: weakref.WeakKeyDictionary[Session, tuple[int, int | None]] = (
            weakref.WeakKeyDictionary()
        )
        self.by_key: dict[int, int] = {}  # SQLAlchemy's number of a session -> ours
        self.counts: Counter[str] = Counter()
        self.left_out = 0
        self.describer: Describer | None = None
        tape.before_event = self.look

    def session(self, session: Session) -> int:
        """The number of a session; told when it is first seen."""
        if session not in self.sessions:
            number = len(self.by_key) + 1
            self.by_key[session.hash_key] = number
            self.sessions[session] = (number, current_line.get())
            self.tape.put("session", session=number)
        return self.sessions[session][0]

    def session_text(self, value: Any) -> str | None:
        """`<Session 1>`, an AsyncSession by the session that it drives; None for all else."""
        if not issubclass(type(value), Session):
            name = "AsyncSession"
            if all(parent.__name__ != name for parent in type(value).__mro__):
                return None
            driven = object.__getattribute__(value, "__dict__").get("sync_session")
            return f"<{name} {self.session(driven)}>" if driven is not None else f"<{name}>"
        return f"<Session {self.session(value)}>"

    def mapped(self, value: Any) -> tuple[str, str] | None:
        """`Item 1` and `Item(id=1, name='Umbrella')` with the attributes that are loaded."""
        record = record_of(value)
        if record is None:
            return None
        return self._named(record), self._shown(record)

    def _named(self, record: InstanceState[Any]) -> str:
        if record not in self.names:
            name = record.class_.__name__
            self.counts[name] += 1
            self.names[record] = f"{name} {self.counts[name]}"
            self.lines[record] = current_line.get()
        return self.names[record]

    def _shown(self, record: InstanceState[Any]) -> str:
        name = record.class_.__name__
        mapped = record.obj()
        loaded = {} if mapped is None else object.__getattribute__(mapped, "__dict__")
        mapper = record.manager.mapper
        keys = mapper.column_attrs.keys()
        columns = [(key, loaded[key]) for key in keys if key in loaded]
        if not columns and record.expired:
            return f"<{name}, expired>"
        assert self.describer
        return self.describer.call(name, columns)

    def look(self) -> None:
        """Find new objects in the sessions of this request and tell what changed."""
        line = current_line.get()
        for session, (_, owner) in list(self.sessions.items()):
            if owner == line:
                self._meet([*session.identity_map.all_states(), *list(session._new)])
        for record, owner in list(self.lines.items()):
            if owner == line:
                self._tell(record)

    def _meet(self, records: list[InstanceState[Any]]) -> None:
        new = [record for record in records if record not in self.names]
        room = max(0, LIMITS["objects"] - len(self.names))
        for record in new[:room]:
            self._named(record)
        if (left := len(new) - room) > self.left_out:
            self.tape.put("cut", what="objects", count=left - self.left_out)
            self.left_out = left

    def _tell(self, record: InstanceState[Any]) -> None:
        state = next(name for name in STATES if getattr(record, name))
        identity = record.key[1] if record.key else None
        key = None if identity is None else cut(", ".join(map(str, identity)))
        session = self.by_key.get(record.session_id) if record.session_id else None
        now = (state, bool(record.expired), key, session)
        if self.told.get(record) == now:
            return
        self.told[record] = now
        self.tape.put(
            "state",
            object=self.names[record],
            **{"class": record.class_.__name__},
            state=state,
            expired=now[1],
            key=key,
            session=session,
        )
