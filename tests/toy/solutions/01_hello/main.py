"""A town that greets."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/hello")
def hello():
    # BEGIN SOLUTION: answer {"greeting": "Hello town"}
    return {"greeting": "Hello town"}
    # END SOLUTION
