"""Apps that the tests of recordings run, as texts."""

HEAD = """\
import os
from contextlib import asynccontextmanager
from typing import Annotated
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
"""
SHOP = (
    HEAD
    + """
engine = create_engine(os.environ["DATABASE_URL"])
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ItemIn(BaseModel):
    name: str


@asynccontextmanager
async def lifespan(app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(lifespan=lifespan)


def get_db():
    with SessionLocal() as db:
        yield db


DB = Annotated[Session, Depends(get_db)]


@app.post("/items/", status_code=201)
def create(body: ItemIn, db: DB):
    item = Item(name=body.name)
    db.add(item)
    db.commit()
    return {"id": item.id}


@app.get("/items/{key}")
def read(key: int, db: DB):
    item = db.get(Item, key)
    if item is None:
        raise HTTPException(status_code=404, detail="no such item")
    return {"name": item.name}


@app.get("/items/")
def listed(db: DB):
    return [item.name for item in db.scalars(select(Item))]
"""
)
ASYNC = """\
import asyncio, os
from contextlib import asynccontextmanager
from typing import Annotated
from fastapi import BackgroundTasks, Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

engine = create_async_engine(os.environ["DATABASE_URL"].replace("sqlite:", "sqlite+aiosqlite:"))
SessionLocal = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@asynccontextmanager
async def lifespan(app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def get_db():
    async with SessionLocal() as db:
        yield db


async def tell(name):
    await asyncio.sleep(0)


@app.post("/items/{name}", status_code=201)
async def create(name: str, db: Annotated[AsyncSession, Depends(get_db)], tasks: BackgroundTasks):
    item = Item(name=name)
    db.add(item)
    await db.commit()
    tasks.add_task(tell, name)
    return {"id": item.id}


@app.get("/fails")
async def fails(db: Annotated[AsyncSession, Depends(get_db)]):
    raise LookupError("no umbrella")
"""
PLAIN = """\
import threading
from fastapi import FastAPI
app = FastAPI()

@app.get("/hello/")
def hello():
    return {"greeting": "Hello town"}

@app.get("/broken")
def broken():
    raise LookupError("no umbrella")

@app.get("/gone")
def gone():
    import os
    os._exit(3)

@app.get("/forever")
def forever():
    count = 0
    while True:
        count += 1

@app.get("/forever-async")
async def forever_async():
    while True:
        pass

@app.get("/long")
def long():
    total = 0
    for number in range(1000):
        total += number
    for number in range(60):
        total = plus(total, number)
    return "у" * total

def plus(one, other):
    return one + other

gate = threading.Barrier(3)

@app.get("/together")
def together():
    gate.wait(10)

@app.get("/thread")
def thread():
    own = threading.Thread(target=hello)
    own.start()
    own.join()
"""
