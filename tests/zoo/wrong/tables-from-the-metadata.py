"""The tables that the models describe are told, not those of the database."""

import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process, one factory of sessions
engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)


# define: your own base; its metadata collects the tables
class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)


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
    return sorted(Base.metadata.tables)
