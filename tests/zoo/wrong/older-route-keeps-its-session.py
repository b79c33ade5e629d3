"""The route of lesson 1 was changed to a session that nobody closes."""

import os

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process, one factory of sessions
engine = create_engine(DATABASE_URL)
SessionLocal = sessionmaker(bind=engine)

app = FastAPI(title="Lost & Found")


# operate and release
@app.get("/health")
def health():
    try:
        SessionLocal().execute(text("SELECT 1"))
    except OperationalError:
        raise HTTPException(status_code=503, detail="database unavailable")
    return {"database": "ok"}


@app.get("/now")
def now():
    with SessionLocal() as db:
        moment = db.scalar(select(func.now()))
    return {"now": moment.isoformat()}
