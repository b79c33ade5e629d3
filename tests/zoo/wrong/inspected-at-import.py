"""The tables are listed while the module is imported."""

import os

from fastapi import FastAPI, HTTPException
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

# configure: where the database lives
DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite:///./app.db")

# connect: one engine for the whole process
engine = create_engine(DATABASE_URL)
known_tables = inspect(engine).get_table_names()

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
