"""Items have a router with a prefix, and the item is a dependency."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, status
from pydantic import BaseModel
from sqlalchemy import create_engine, func, inspect, select, text
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
    email: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ItemCreate(BaseModel):
    name: str
    description: str | None = None


class ItemOut(BaseModel):
    id: int
    name: str
    description: str | None


@asynccontextmanager
async def lifespan(app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(title="Lost & Found", lifespan=lifespan)


# inject: one session per request
def get_db():
    db = SessionLocal()
    try:
        yield db
    except Exception:
        db.rollback()  # close() alone leaves SQLite's transaction open after a COMMIT that failed
        raise
    finally:
        db.close()


DB = Annotated[Session, Depends(get_db)]


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
def now(db: DB):
    return {"now": db.scalar(select(func.now())).isoformat()}


@app.get("/tables")
def tables():
    return sorted(inspect(engine).get_table_names())


items = APIRouter(prefix="/items", tags=["items"])
users = APIRouter(prefix="/users")


def wanted(item_id: int, db: DB):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Item not found")
    return item


Wanted = Annotated[Item, Depends(wanted)]


@items.get("/count")
def count_items(db: DB):
    return {"count": db.query(Item).count()}


@users.get("/count")
def count_users(db: DB):
    return {"count": db.query(User).count()}


@items.get("")
def list_items(db: DB) -> list[ItemOut]:
    return db.query(Item).all()


@items.get("/{item_id}")
def read_item(item: Wanted) -> ItemOut:
    return item


@items.post("", status_code=status.HTTP_201_CREATED)
def create_item(body: ItemCreate, db: DB) -> ItemOut:
    item = Item(**body.model_dump())
    db.add(item)
    db.commit()
    return item


@items.delete("/{item_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_item(item: Wanted, db: DB):
    db.delete(item)
    db.commit()


@items.put("/{item_id}")
def replace_item(item: Wanted, body: ItemCreate, db: DB) -> ItemOut:
    item.name = body.name
    item.description = body.description
    db.commit()
    return item


app.include_router(items)
app.include_router(users)
