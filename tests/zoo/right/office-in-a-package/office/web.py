"""The routes of the office."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import OperationalError

from office import errors, service
from office.db import DB, Base, engine
from office.models import Item, User
from office.schemas import ItemChange, ItemCreate, ItemOut, UserCreate, UserOut


@asynccontextmanager
async def lifespan(app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(lifespan=lifespan)
app.add_exception_handler(errors.Taken, errors.taken)
app.add_exception_handler(errors.Missing, errors.missing)


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
    return service.shelf(db)


@app.get("/items/{key}", response_model=ItemOut)
def read_item(key: int, db: DB):
    return service.found(db, Item, key)


@app.post("/items/", response_model=ItemOut, status_code=201)
def create_item(body: ItemCreate, db: DB):
    return service.take_in(db, body.model_dump())


@app.delete("/items/{key}", status_code=204)
def delete_item(key: int, db: DB):
    service.give_out(db, key)


@app.put("/items/{key}", response_model=ItemOut)
def replace_item(key: int, body: ItemCreate, db: DB):
    return service.rewrite(db, key, body.model_dump())


@app.patch("/items/{key}", response_model=ItemOut)
def change_item(key: int, body: ItemChange, db: DB):
    return service.rewrite(db, key, body.model_dump(exclude_unset=True))


@app.post("/users/", response_model=UserOut, status_code=201)
def create_user(body: UserCreate, db: DB):
    return service.sign_up(db, body.model_dump())


@app.get("/users/{key}", response_model=UserOut)
def read_user(key: int, db: DB):
    return service.found(db, User, key)
