"""What the office does, without a word of HTTP."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from office.errors import Missing, Taken
from office.models import Item, User


def found(db, model, key):
    row = db.get(model, key)
    if row is None:
        raise Missing(f"{model.__name__} not found")
    return row


def shelf(db):
    return db.scalars(select(Item).order_by(Item.id)).all()


def take_in(db, values):
    item = Item(**values)
    db.add(item)
    db.commit()
    return item


def rewrite(db, key, values):
    item = found(db, Item, key)
    for name, value in values.items():
        setattr(item, name, value)
    db.commit()
    return item


def give_out(db, key):
    db.delete(found(db, Item, key))
    db.commit()


def sign_up(db, values):
    user = User(**values)
    db.add(user)
    try:
        db.commit()
    except IntegrityError as error:
        db.rollback()
        raise Taken("E-mail already taken") from error
    return user
