"""A small app, built once in the warm parent: what that imports and caches, no child does again."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    """The tables of this app."""


class Row(Base):
    """One table with the usual kinds of column."""

    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]


class Body(BaseModel):
    """What comes in and goes out."""

    id: int
    name: str | None = None


def session() -> Iterator[None]:
    """A dependency that is never called."""
    yield None


app = FastAPI()


@app.post("/rows/{row_id}", response_model=Body, status_code=201)
def change(row_id: int, body: Body, db: Annotated[Any, Depends(session)]) -> None:
    """A route that is never called: making it is what takes time."""
    raise HTTPException(404)


def talk() -> None:
    """Send one statement of each kind to a database in memory."""
    engine = create_engine("sqlite://")
    with Session(engine) as db:
        Base.metadata.create_all(db.connection())
        row = Row(name="umbrella")
        db.add(row)
        db.commit()
        db.scalars(select(Row).order_by(Row.id)).all()
        row.name = None
        db.commit()
        db.delete(row)
        db.commit()
    engine.dispose()


talk()
