"""A town that keeps notes."""

import os

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///./app.db"))
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class NoteIn(BaseModel):
    text: str


Base.metadata.create_all(engine)


@app.get("/hello")
def hello():
    return {"greeting": "Hello town"}


@app.post("/notes", status_code=201)
def add(body: NoteIn):
    # BEGIN SOLUTION: store the note and answer with its id
    with Session(engine) as db:
        note = Note(text=body.text)
        db.add(note)
        db.commit()
        return {"id": note.id}
    # END SOLUTION


@app.get("/notes/count")
def count():
    with Session(engine) as db:
        return {"count": db.scalar(select(func.count()).select_from(Note))}
