"""The exercise of the benchmark, as yielddb checks it: five checks, ten requests."""

from yielddb.checking import expect, hint, member


@hint("Who makes the row permanent?")
def test_keeps_the_author(client):
    """an author you POST is there on the next request"""
    sent = expect(client.post("/authors/", json={"name": "Lem"}), 201, says="201 with the author")
    author = client.get(f"/authors/{member(sent, 'id', says='the id')}")
    assert member(author, "name", says="the name") == "Lem", "the author that was sent"


@hint("Which column says whose book it is?")
def test_a_book_has_its_author(client):
    """a book comes back with its author's id"""
    author = member(client.post("/authors/", json={"name": "Woolf"}), "id", says="the id")
    sent = client.post("/books/", json={"title": "Orlando", "author_id": author})
    book = expect(sent, 201, says="201 with the book")
    assert member(book, "author_id", says="the author's id") == author, "its author's id"


@hint("What if there is no such author?")
def test_an_unknown_author(client):
    """a book of an author that is not there is a 404"""
    sent = client.post("/books/", json={"title": "Nobody's", "author_id": 999999})
    expect(sent, 404, says="404: there is no such author")


@hint("Which fields did the client send?")
def test_patch_changes_what_it_is_sent(client):
    """PATCH leaves alone what it was not sent"""
    sent = client.post("/books/", json={"title": "Solaris", "year": 1961})
    book = member(sent, "id", says="the id")
    changed = client.patch(f"/books/{book}", json={"title": "Fiasco"}).json()
    assert (changed["title"], changed["year"]) == ("Fiasco", 1961), "title changed, year kept"


@hint("Does delete commit?")
def test_a_deleted_book_is_gone(client):
    """a book you DELETE is gone on the next request"""
    book = member(client.post("/books/", json={"title": "Lost"}), "id", says="the id")
    expect(client.delete(f"/books/{book}"), 204, says="204 without a body")
    expect(client.get(f"/books/{book}"), 404, says="404 once it is deleted")
