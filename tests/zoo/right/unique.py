"""The shop of the collection: unique e-mails, a 409 after a rollback, refresh after each commit."""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

DATABASE_URL = os.getenv("DATABASE_URL", "sqlite:///./test.db")
engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


Base.metadata.create_all(bind=engine)


class ItemCreate(BaseModel):
    name: str
    description: str | None = None


class ItemUpdate(BaseModel):
    name: str = ""
    description: str | None = None


class ItemOut(ItemCreate):
    id: int


class CustomerIn(BaseModel):
    name: str
    email: str


class CustomerOut(CustomerIn):
    id: int
    is_active: bool


def get_db() -> Iterator[Session]:
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


DB = Annotated[Session, Depends(get_db)]
app = FastAPI()


def saved(db, row):
    db.add(row)
    try:
        db.commit()
    except IntegrityError:
        db.rollback()
        raise HTTPException(status_code=409, detail="already taken")
    db.refresh(row)
    return row


def wanted(db, model, key):
    row = db.scalars(select(model).where(model.id == key)).one_or_none()
    if row is None:
        raise HTTPException(status_code=404, detail=f"{model.__name__} not found")
    return row


@app.post("/items", response_model=ItemOut, status_code=201)
def create_item(payload: ItemCreate, db: DB):
    return saved(db, Item(**payload.model_dump()))


@app.get("/items/{item_id}", response_model=ItemOut)
def read_item(item_id: int, db: DB):
    return wanted(db, Item, item_id)


@app.patch("/items/{item_id}", response_model=ItemOut)
def update_item(item_id: int, payload: ItemUpdate, db: DB):
    item = wanted(db, Item, item_id)
    for key, value in payload.model_dump(exclude_unset=True).items():
        setattr(item, key, value)
    return saved(db, item)


@app.delete("/items/{item_id}", status_code=204)
def delete_item(item_id: int, db: DB):
    db.delete(wanted(db, Item, item_id))
    db.commit()


@app.post("/users", response_model=CustomerOut, status_code=201)
def create_user(payload: CustomerIn, db: DB):
    return saved(db, Customer(**payload.model_dump()))


@app.get("/users/{user_id}", response_model=CustomerOut)
def read_user(user_id: int, db: DB):
    return wanted(db, Customer, user_id)
