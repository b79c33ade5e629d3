"""Async from end to end: aiosqlite, AsyncSession, run_sync for the tables."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

url = make_url(os.environ.get("DATABASE_URL", "sqlite:///./app.db"))
engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"))
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


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
    email: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ItemCreate(BaseModel):
    name: str
    description: str | None = None


class ItemChange(BaseModel):
    name: str = ""  # this default is never stored: a PATCH stores what was sent
    description: str | None = None


class ItemOut(BaseModel):
    id: int
    name: str
    description: str | None


class UserCreate(BaseModel):
    name: str
    email: str


class UserOut(BaseModel):
    id: int
    name: str
    email: str


@asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_db():
    async with SessionLocal() as db:
        try:
            yield db
        except Exception:
            await db.rollback()
            raise


DB = Annotated[AsyncSession, Depends(get_db)]


@app.get("/health")
async def health():
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except OperationalError:
        raise HTTPException(503, "database unavailable")
    return {"database": "ok"}


@app.get("/now")
async def now(db: DB):
    return {"now": (await db.scalar(select(func.now()))).isoformat()}


@app.get("/tables")
async def tables():
    async with engine.connect() as connection:
        return sorted(await connection.run_sync(lambda c: inspect(c).get_table_names()))


@app.get("/items/count")
async def count_items(db: DB):
    return {"count": await db.scalar(select(func.count()).select_from(Item))}


@app.get("/users/count")
async def count_users(db: DB):
    return {"count": await db.scalar(select(func.count()).select_from(User))}


@app.get("/items/", response_model=list[ItemOut])
async def list_items(db: DB):
    return (await db.scalars(select(Item).order_by(Item.id))).all()


async def wanted(item_id: int, db: DB):
    item = await db.get(Item, item_id)
    if item is None:
        raise HTTPException(404, "Item not found")
    return item


Wanted = Annotated[Item, Depends(wanted)]


@app.get("/items/{item_id}", response_model=ItemOut)
async def read_item(item: Wanted):
    return item


@app.post("/items/", response_model=ItemOut, status_code=201)
async def create_item(body: ItemCreate, db: DB):
    item = Item(**body.model_dump())
    db.add(item)
    await db.commit()
    return item


@app.delete("/items/{item_id}", status_code=204)
async def delete_item(item: Wanted, db: DB):
    await db.delete(item)
    await db.commit()


@app.put("/items/{item_id}", response_model=ItemOut)
async def replace_item(item: Wanted, body: ItemCreate, db: DB):
    item.name, item.description = body.name, body.description
    await db.commit()
    return item


@app.patch("/items/{item_id}", response_model=ItemOut)
async def change_item(item: Wanted, body: ItemChange, db: DB):
    for key, value in body.model_dump(exclude_unset=True).items():
        setattr(item, key, value)
    await db.commit()
    return item


@app.post("/users/", response_model=UserOut, status_code=201)
async def create_user(body: UserCreate, db: DB):
    user = User(**body.model_dump())
    db.add(user)
    try:
        await db.commit()
    except IntegrityError:
        await db.rollback()
        raise HTTPException(409, "E-mail already taken")
    return user


@app.get("/users/{user_id}", response_model=UserOut)
async def read_user(user_id: int, db: DB):
    user = await db.get(User, user_id)
    if user is None:
        raise HTTPException(404, "User not found")
    return user
