import os
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from sqlmodel import Field, Session, SQLModel, create_engine, select

engine = create_engine(os.getenv("DATABASE_URL", "sqlite:///./test.db"))


class ItemBase(SQLModel):
    name: str = Field(index=True)
    description: str | None = None


class Item(ItemBase, table=True):
    id: int | None = Field(default=None, primary_key=True)


class ItemUpdate(SQLModel):
    name: str | None = None
    description: str | None = None


SQLModel.metadata.create_all(engine)


def get_session():
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
app = FastAPI()


@app.post("/items/", response_model=Item, status_code=201)
def create(item: ItemBase, session: SessionDep):
    db_item = Item.model_validate(item)
    session.add(db_item)
    session.commit()
    session.refresh(db_item)
    return db_item


@app.get("/items/")
def index(session: SessionDep) -> list[Item]:
    return session.exec(select(Item)).all()


def one(item_id: int, session: SessionDep) -> Item:
    item = session.get(Item, item_id)
    if not item:
        raise HTTPException(404, "Item not found")
    return item


@app.get("/items/{item_id}", response_model=Item)
def read(item: Annotated[Item, Depends(one)]):
    return item


@app.patch("/items/{item_id}", response_model=Item)
def patch(data: ItemUpdate, item: Annotated[Item, Depends(one)], session: SessionDep):
    item.sqlmodel_update(data.model_dump(exclude_unset=True))
    session.add(item)
    session.commit()
    session.refresh(item)
    return item


@app.delete("/items/{item_id}", status_code=204)
def remove(item: Annotated[Item, Depends(one)], session: SessionDep):
    session.delete(item)
    session.commit()
