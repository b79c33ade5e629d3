"""The exercise as a check50 package; check50 runs each check in a process of its own."""

from fastapi.testclient import TestClient

import check50
import check50.py


def client():
    """A client of the submission, its start-up done."""
    return TestClient(check50.py.import_("main.py").app)


def equal(got, wanted):
    """Fail as check50 does where the two differ."""
    if got != wanted:
        raise check50.Mismatch(str(wanted), str(got))


@check50.check()
def exists():
    """main.py is there"""
    check50.exists("main.py")


@check50.check(exists)
def keeps_the_author():
    """an author you POST is there on the next request"""
    with client() as c:
        sent = c.post("/authors/", json={"name": "Lem"})
        equal(sent.status_code, 201)
        equal(c.get(f"/authors/{sent.json()['id']}").json()["name"], "Lem")


@check50.check(exists)
def a_book_has_its_author():
    """a book comes back with its author's id"""
    with client() as c:
        author = c.post("/authors/", json={"name": "Woolf"}).json()["id"]
        sent = c.post("/books/", json={"title": "Orlando", "author_id": author})
        equal(sent.status_code, 201)
        equal(sent.json()["author_id"], author)


@check50.check(exists)
def an_unknown_author():
    """a book of an author that is not there is a 404"""
    with client() as c:
        sent = c.post("/books/", json={"title": "Nobody's", "author_id": 999999})
        equal(sent.status_code, 404)


@check50.check(exists)
def patch_changes_what_it_is_sent():
    """PATCH leaves alone what it was not sent"""
    with client() as c:
        book = c.post("/books/", json={"title": "Solaris", "year": 1961}).json()["id"]
        changed = c.patch(f"/books/{book}", json={"title": "Fiasco"}).json()
        equal((changed["title"], changed["year"]), ("Fiasco", 1961))


@check50.check(exists)
def a_deleted_book_is_gone():
    """a book you DELETE is gone on the next request"""
    with client() as c:
        book = c.post("/books/", json={"title": "Lost"}).json()["id"]
        equal(c.delete(f"/books/{book}").status_code, 204)
        equal(c.get(f"/books/{book}").status_code, 404)
