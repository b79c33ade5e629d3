"""Scoped_session with one scope for everybody."""

import os

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session, sessionmaker

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process, one factory of sessions
engine = create_engine(DATABASE_URL)
SessionLocal = scoped_session(sessionmaker(bind=engine), scopefunc=lambda: "office")

app = FastAPI(title="Lost & Found")


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
    moment = SessionLocal.scalar(select(func.now()))
    SessionLocal.rollback()
    return {"now": moment.isoformat()}
