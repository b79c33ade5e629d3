# %% setup
from fastapi.testclient import TestClient

# %% keeps_the_author
with TestClient(app) as client:
    sent = client.post("/authors/", json={"name": "Lem"})
    assert sent.status_code == 201
    assert client.get(f"/authors/{sent.json()['id']}").json()["name"] == "Lem"

# %% a_book_has_its_author
with TestClient(app) as client:
    author = client.post("/authors/", json={"name": "Woolf"}).json()["id"]
    sent = client.post("/books/", json={"title": "Orlando", "author_id": author})
    assert sent.status_code == 201
    assert sent.json()["author_id"] == author

# %% an_unknown_author
with TestClient(app) as client:
    sent = client.post("/books/", json={"title": "Nobody's", "author_id": 999999})
    assert sent.status_code == 404

# %% patch_changes_what_it_is_sent
with TestClient(app) as client:
    book = client.post("/books/", json={"title": "Solaris", "year": 1961}).json()["id"]
    changed = client.patch(f"/books/{book}", json={"title": "Fiasco"}).json()
    assert (changed["title"], changed["year"]) == ("Fiasco", 1961)

# %% a_deleted_book_is_gone
with TestClient(app) as client:
    book = client.post("/books/", json={"title": "Lost"}).json()["id"]
    assert client.delete(f"/books/{book}").status_code == 204
    assert client.get(f"/books/{book}").status_code == 404
