"""A small app that the warm parent makes and serves: what it imports and caches, no child does."""

import contextlib
import datetime
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import ForeignKey, String, create_engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

# Between them they run every route, and a duplicate, a miss and a body that does not fit.
REQUESTS = (
    ("GET", "/health", ""),
    ("POST", "/owners/", '{"name": "Ada", "email": "ada@example.com"}'),
    ("POST", "/owners/", '{"name": "Ada", "email": "ada@example.com"}'),
    ("POST", "/rows/", '{"name": "umbrella", "owner_id": 1}'),
    ("POST", "/rows/", '{"name": 3}'),
    ("GET", "/rows/?limit=5", ""),
    ("GET", "/rows/1", ""),
    ("GET", "/rows/9", ""),
    ("PATCH", "/rows/1", '{"name": "hat"}'),
    ("DELETE", "/rows/1", ""),
)


class Base(DeclarativeBase):
    """The tables of this app."""


class Owner(Base):
    """One table with the usual kinds of column."""

    __tablename__ = "owners"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    rows: Mapped[list["Row"]] = relationship(back_populates="owner")


class Row(Base):
    """Another that refers to it."""

    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    made: Mapped[datetime.datetime] = mapped_column(server_default=func.now())
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("owners.id"))
    owner: Mapped[Owner | None] = relationship(back_populates="rows")


class OwnerIn(BaseModel):
    """What comes in."""

    name: str = Field(min_length=1)
    email: str


class OwnerOut(OwnerIn):
    """What goes out."""

    id: int


class RowIn(BaseModel):
    """A row without its key."""

    name: str | None = None
    owner_id: int | None = None


class RowOut(RowIn):
    """A row with its key."""

    id: int


def make(database: Path) -> FastAPI:
    """The app, with its tables in `database`."""
    engine = create_engine(f"sqlite:///{database}")
    sessions = sessionmaker(bind=engine)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        Base.metadata.create_all(engine)
        yield
        engine.dispose()

    def get_db() -> Iterator[Session]:
        db = sessions()
        try:
            yield db
        finally:
            db.close()

    app = FastAPI(lifespan=lifespan)
    db_type = Annotated[Session, Depends(get_db)]
    _add_owners(app, engine, db_type)
    _add_rows(app, db_type)
    return app


def _add_owners(app: FastAPI, engine: Any, db_type: Any) -> None:
    @app.get("/health")
    def health() -> dict[str, Any]:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return {"tables": inspect(engine).get_table_names()}

    @app.post("/owners/", response_model=OwnerOut, status_code=201)
    def add_owner(body: OwnerIn, db: db_type) -> Owner:
        owner = Owner(**body.model_dump())
        db.add(owner)
        try:
            db.commit()
        except IntegrityError:
            db.rollback()
            raise HTTPException(409) from None
        return owner


def _found(db: Session, row_id: int) -> Row:
    row = db.get(Row, row_id)
    if row is None:
        raise HTTPException(404)
    return row


def _add_rows(app: FastAPI, db_type: Any) -> None:
    @app.post("/rows/", response_model=RowOut, status_code=201)
    def add_row(body: RowIn, db: db_type) -> Row:
        row = Row(**body.model_dump())
        db.add(row)
        db.commit()
        db.refresh(row)
        return row

    @app.get("/rows/", response_model=list[RowOut])
    async def list_rows(db: db_type, limit: int = 10) -> list[Row]:
        db.scalar(select(func.count()).select_from(Row))
        rows = select(Row).where(Row.id > 0).order_by(Row.id).limit(limit)
        return list(db.scalars(rows).all())

    @app.get("/rows/{row_id}", response_model=RowOut)
    def read_row(row_id: int, db: db_type) -> Row:
        return _found(db, row_id)

    @app.patch("/rows/{row_id}", response_model=RowOut)
    def change_row(row_id: int, body: RowIn, db: db_type) -> Row:
        row = _found(db, row_id)
        for name, value in body.model_dump(exclude_unset=True).items():
            setattr(row, name, value)
        db.commit()
        return row

    @app.delete("/rows/{row_id}", status_code=204)
    def delete_row(row_id: int, db: db_type) -> None:
        db.delete(_found(db, row_id))
        db.commit()
