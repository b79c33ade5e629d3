"""The exercise as a teacher writes it for plain pytest: the app in the test's own process."""

import pytest
from fastapi.testclient import TestClient
from main import app


@pytest.fixture(scope="module")
def client():
    with TestClient(app) as client:
        yield client


def test_keeps_the_author(client):
    sent = client.post("/authors/", json={"name": "Lem"})
    assert sent.status_code == 201
    assert client.get(f"/authors/{sent.json()['id']}").json()["name"] == "Lem"


def test_a_book_has_its_author(client):
    author = client.post("/authors/", json={"name": "Woolf"}).json()["id"]
    sent = client.post("/books/", json={"title": "Orlando", "author_id": author})
    assert sent.status_code == 201
    assert sent.json()["author_id"] == author


def test_an_unknown_author(client):
    sent = client.post("/books/", json={"title": "Nobody's", "author_id": 999999})
    assert sent.status_code == 404


def test_patch_changes_what_it_is_sent(client):
    book = client.post("/books/", json={"title": "Solaris", "year": 1961}).json()["id"]
    changed = client.patch(f"/books/{book}", json={"title": "Fiasco"}).json()
    assert (changed["title"], changed["year"]) == ("Fiasco", 1961)


def test_a_deleted_book_is_gone(client):
    book = client.post("/books/", json={"title": "Lost"}).json()["id"]
    assert client.delete(f"/books/{book}").status_code == 204
    assert client.get(f"/books/{book}").status_code == 404
