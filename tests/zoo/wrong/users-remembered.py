"""A user who was read once is shown for ever."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
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
PEOPLE: dict[int, UserOut] = {}


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


@app.get("/items/count")
def count_items(db: DB):
    return {"count": db.scalar(select(func.count()).select_from(Item))}


@app.get("/users/count")
def count_users(db: DB):
    return {"count": db.scalar(select(func.count()).select_from(User))}


@app.get("/items/", response_model=list[ItemOut])
def list_items(db: DB):
    return db.scalars(select(Item).order_by(Item.id)).all()


@app.get("/items/{item_id}", response_model=ItemOut)
def read_item(item_id: int, db: DB):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    return item


@app.post("/items/", response_model=ItemOut, status_code=201)
def create_item(body: ItemCreate, db: DB):
    item = Item(**body.model_dump())
    db.add(item)
    db.commit()
    return item


@app.delete("/items/{item_id}", status_code=204)
def delete_item(item_id: int, db: DB):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    db.delete(item)
    db.commit()


@app.put("/items/{item_id}", response_model=ItemOut)
def replace_item(item_id: int, body: ItemCreate, db: DB):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    for key, value in body.model_dump().items():
        setattr(item, key, value)
    db.commit()
    return item


@app.patch("/items/{item_id}", response_model=ItemOut)
def change_item(item_id: int, body: ItemChange, db: DB):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    for key, value in body.model_dump(exclude_unset=True).items():
        setattr(item, key, value)
    db.commit()
    return item


@app.post("/users/", response_model=UserOut, status_code=201)
def create_user(body: UserCreate, db: DB):
    user = User(**body.model_dump())
    db.add(user)
    try:
        db.commit()
    except IntegrityError:
        # no rollback here: the exception passes through get_db, which rolls back
        raise HTTPException(status_code=409, detail="E-mail already taken")
    return user


@app.get("/users/{user_id}", response_model=UserOut)
def read_user(user_id: int, db: DB):
    if user_id not in PEOPLE:
        user = db.get(User, user_id)
        if user is None:
            raise HTTPException(status_code=404, detail="User not found")
        PEOPLE[user_id] = UserOut(id=user.id, name=user.name, email=user.email)
    return PEOPLE[user_id]
