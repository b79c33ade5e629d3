"""A library: books and their authors."""

import os
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

engine = create_engine(os.environ.get("DATABASE_URL", "sqlite:///./app.db"))
SessionLocal = sessionmaker(bind=engine)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    books: Mapped[list["Book"]] = relationship(back_populates="author")


class Book(Base):
    __tablename__ = "books"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    year: Mapped[int | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author | None] = relationship(back_populates="books")


class AuthorIn(BaseModel):
    name: str


class AuthorOut(BaseModel):
    id: int
    name: str


class BookIn(BaseModel):
    title: str
    year: int | None = None
    author_id: int | None = None


class BookChange(BaseModel):
    title: str | None = None
    year: int | None = None


class BookOut(BaseModel):
    id: int
    title: str
    year: int | None
    author_id: int | None


@asynccontextmanager
async def lifespan(app):
    Base.metadata.create_all(engine)
    yield
    engine.dispose()


app = FastAPI(title="Library", lifespan=lifespan)


def get_db():
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


DB = Annotated[Session, Depends(get_db)]


@app.post("/authors/", response_model=AuthorOut, status_code=201)
def create_author(body: AuthorIn, db: DB):
    author = Author(name=body.name)
    db.add(author)
    db.commit()
    return author


@app.get("/authors/{author_id}", response_model=AuthorOut)
def read_author(author_id: int, db: DB):
    author = db.get(Author, author_id)
    if author is None:
        raise HTTPException(status_code=404, detail="Author not found")
    return author


@app.post("/books/", response_model=BookOut, status_code=201)
def create_book(body: BookIn, db: DB):
    if body.author_id is not None and db.get(Author, body.author_id) is None:
        raise HTTPException(status_code=404, detail="Author not found")
    book = Book(**body.model_dump())
    db.add(book)
    db.commit()
    return book


@app.get("/books/", response_model=list[BookOut])
def list_books(db: DB):
    return db.scalars(select(Book).order_by(Book.id)).all()


@app.get("/books/{book_id}", response_model=BookOut)
def read_book(book_id: int, db: DB):
    book = db.get(Book, book_id)
    if book is None:
        raise HTTPException(status_code=404, detail="Book not found")
    return book


@app.patch("/books/{book_id}", response_model=BookOut)
def change_book(book_id: int, body: BookChange, db: DB):
    book = db.get(Book, book_id)
    if book is None:
        raise HTTPException(status_code=404, detail="Book not found")
    for key, value in body.model_dump(exclude_unset=True).items():
        setattr(book, key, value)
    db.commit()
    return book


@app.delete("/books/{book_id}", status_code=204)
def delete_book(book_id: int, db: DB):
    book = db.get(Book, book_id)
    if book is None:
        raise HTTPException(status_code=404, detail="Book not found")
    db.delete(book)
    db.commit()
