"""A PUT takes the old row away and puts a new one in, and each request makes the tables that are missing."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

engine = create_engine(os.getenv("DATABASE_URL", "sqlite:///app.db"))
make_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class Visitor(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ThingIn(BaseModel):
    name: str
    description: str | None = None


class ThingPart(BaseModel):
    name: str = "never stored"
    description: str | None = None


class ThingOut(ThingIn):
    model_config = ConfigDict(from_attributes=True)

    id: int


class VisitorIn(BaseModel):
    name: str
    email: str


class VisitorOut(VisitorIn):
    model_config = ConfigDict(from_attributes=True)

    id: int


@asynccontextmanager
async def office_hours(_app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(lifespan=office_hours)


def get_db():
    Base.metadata.create_all(engine)
    with make_session() as db:
        try:
            yield db
        except BaseException:
            db.rollback()
            raise


Db = Annotated[Session, Depends(get_db)]


def on_the_shelf(item_id: int, db: Db):
    thing = db.get(Thing, item_id)
    if thing is None:
        raise HTTPException(404, "Item not found")
    return thing


Found = Annotated[Thing, Depends(on_the_shelf)]


@app.get("/health")
def health():
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError:
        raise HTTPException(503, "database unavailable") from None
    return {"database": "ok"}


@app.get("/now")
def now(db: Db):
    return {"now": db.scalar(select(func.now())).isoformat()}


@app.get("/tables")
def tables():
    return sorted(inspect(engine).get_table_names())


@app.get("/items/count")
def count_things(db: Db):
    return {"count": db.scalar(select(func.count()).select_from(Thing))}


@app.get("/users/count")
def count_visitors(db: Db):
    return {"count": db.scalar(select(func.count()).select_from(Visitor))}


@app.get("/items/", response_model=list[ThingOut])
def shelf(db: Db):
    return db.scalars(select(Thing).order_by(Thing.id)).all()


@app.post("/items/", response_model=ThingOut, status_code=201)
def hand_in(body: ThingIn, db: Db):
    thing = Thing(name=body.name, description=body.description)
    db.add(thing)
    db.commit()
    return thing


@app.get("/items/{item_id}", response_model=ThingOut)
def look_at(thing: Found):
    return thing


@app.put("/items/{item_id}", response_model=ThingOut)
def write_anew(thing: Found, body: ThingIn, db: Db):
    number = thing.id
    db.delete(thing)
    db.flush()
    card = Thing(id=number, name=body.name, description=body.description)
    db.add(card)
    db.commit()
    return card


@app.patch("/items/{item_id}", response_model=ThingOut)
def correct(thing: Found, body: ThingPart, db: Db):
    for field in body.model_fields_set:
        setattr(thing, field, getattr(body, field))
    db.commit()
    return thing


@app.delete("/items/{item_id}", status_code=204)
def give_back(thing: Found, db: Db):
    db.delete(thing)
    db.commit()


@app.post("/users/", response_model=VisitorOut, status_code=201)
def sign_up(body: VisitorIn, db: Db):
    visitor = Visitor(name=body.name, email=body.email)
    db.add(visitor)
    try:
        db.commit()
    except IntegrityError:
        raise HTTPException(409, "This e-mail is taken") from None
    return visitor


@app.get("/users/{user_id}", response_model=VisitorOut)
def visitor_card(user_id: int, db: Db):
    visitor = db.get(Visitor, user_id)
    if visitor is None:
        raise HTTPException(404, "User not found")
    return visitor
