"""Raw connections are kept in a list and never given back."""

import os
import sqlite3

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process
engine = create_engine(DATABASE_URL)

app = FastAPI(title="Lost & Found")
asked = []


# operate and release
@app.get("/health")
def health():
    try:
        asked.append(engine.raw_connection())
        asked[-1].cursor().execute("SELECT 1")
    except (OperationalError, sqlite3.OperationalError):
        raise HTTPException(status_code=503, detail="database unavailable")
    return {"database": "ok"}
