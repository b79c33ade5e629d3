"""Before a flush the code looks whether an e-mail is taken; the table does not."""


import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, event, func, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

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




@event.listens_for(Session, "before_flush")
def refuse_a_taken_address(session, flush_context, instances):
    for user in session.new:
        if isinstance(user, User):
            with session.no_autoflush:
                if session.scalar(select(User.id).where(User.email == user.email)):
                    raise ValueError("this e-mail is taken")


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
