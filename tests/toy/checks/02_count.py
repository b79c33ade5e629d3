"""Lesson 2 of the toy course."""

from yielddb.checking import after, catches, expect, hint, member, says


@catches("status_code=201", becomes="status_code=202", misconception="greeting-is-optional")
@hint("Which status says created?", "The decorator names it.", "add: status_code=201")
def test_answers(client, data):
    """POST /notes answers 201 with an id"""
    answer = client.post("/notes", json={"text": data.thing()})
    member(expect(answer, 201, says="201 with the id"), "id", says="the id of the note")


@after("test_answers")
@catches("        db.commit()\n", becomes="        db.flush()\n", misconception="flush-is-commit")
@hint("Who makes the row permanent?", "Look at add.", "add: db.commit()")
def test_keeps(client, data, database):
    """a note is there for a second connection"""
    text = data.thing()
    client.post("/notes", json={"text": text})
    rows = database.rows("select 1 from notes where text = ?", text)
    assert rows, says("201 means stored", saw="no row for a second connection")


@after("test_keeps")
@catches(
    "db.scalar(select(func.count()).select_from(Note))",
    becomes="1",
    misconception="greeting-is-optional",
)
@hint("Whom do you ask how many there are?", "The database.", "count: func.count()")
def test_counts(client, data, app):
    """GET /notes/count counts, after a restart too"""
    app.restart(fresh=True)
    for _ in range(3):
        client.post("/notes", json={"text": data.thing()})
    app.restart()
    count = member(client.get("/notes/count"), "count", says="an object with the key count")
    assert count == 3, '{"count": 3} after three notes'
