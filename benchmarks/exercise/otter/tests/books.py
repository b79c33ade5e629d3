"""The exercise as an otter-grader test file; `env` holds the names of the submission."""

from fastapi.testclient import TestClient
from otter.test_files import test_case

OK_FORMAT = False

name = "books"
points = 5


@test_case(points=1)
def test_keeps_the_author(app):
    with TestClient(app) as client:
        sent = client.post("/authors/", json={"name": "Lem"})
        assert sent.status_code == 201
        assert client.get(f"/authors/{sent.json()['id']}").json()["name"] == "Lem"


@test_case(points=1)
def test_a_book_has_its_author(app):
    with TestClient(app) as client:
        author = client.post("/authors/", json={"name": "Woolf"}).json()["id"]
        sent = client.post("/books/", json={"title": "Orlando", "author_id": author})
        assert sent.status_code == 201
        assert sent.json()["author_id"] == author


@test_case(points=1)
def test_an_unknown_author(app):
    with TestClient(app) as client:
        sent = client.post("/books/", json={"title": "Nobody's", "author_id": 999999})
        assert sent.status_code == 404


@test_case(points=1)
def test_patch_changes_what_it_is_sent(app):
    with TestClient(app) as client:
        book = client.post("/books/", json={"title": "Solaris", "year": 1961}).json()["id"]
        changed = client.patch(f"/books/{book}", json={"title": "Fiasco"}).json()
        assert (changed["title"], changed["year"]) == ("Fiasco", 1961)


@test_case(points=1)
def test_a_deleted_book_is_gone(app):
    with TestClient(app) as client:
        book = client.post("/books/", json={"title": "Lost"}).json()["id"]
        assert client.delete(f"/books/{book}").status_code == 204
        assert client.get(f"/books/{book}").status_code == 404
