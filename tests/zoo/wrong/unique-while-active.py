"""An index keeps e-mails apart as long as their users are active."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from sqlalchemy import Index, create_engine, func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process, one factory of sessions
engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)


# define: what a row may hold
class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index("one_email", "email", unique=True, sqlite_where=text("is_active")),)


@asynccontextmanager
async def lifespan(app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(title="Lost & Found", lifespan=lifespan)


# operate and release
@app.get("/health")
def health():
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError:
        raise HTTPException(status_code=503, detail="database unavailable")
    return {"database": "ok"}


@app.get("/now")
def now():
    with SessionLocal() as db:
        moment = db.scalar(select(func.now()))
    return {"now": moment.isoformat()}


@app.get("/tables")
def tables():
    return sorted(inspect(engine).get_table_names())


@app.get("/items/count")
def count_items():
    with SessionLocal() as db:
        return {"count": db.scalar(select(func.count()).select_from(Item))}


@app.get("/users/count")
def count_users():
    with SessionLocal() as db:
        return {"count": db.scalar(select(func.count()).select_from(User))}
