"""What goes in and what comes out."""

from pydantic import BaseModel


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
