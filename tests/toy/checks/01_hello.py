"""Lesson 1 of the toy course."""

from yielddb.checking import after, catches, expect, hint, member, points


@points(2)
@catches('"greeting"', becomes='"greting"', misconception="greeting-is-optional")
@hint("Which key does the contract name?", "Look at hello.", "hello: return {...}")
def test_greets(client):
    """GET /hello greets"""
    answer = expect(client.get("/hello"), 200, says='200 {"greeting": "Hello town"}')
    member(answer, "greeting", says="an object with the key greeting")


@after("test_greets")
@catches('"Hello town"', becomes='"Hello city"', misconception="greeting-is-optional")
@hint("Whom does it greet?", "The town.", "hello: return {...}")
def test_greets_the_town(client):
    """GET /hello greets the town"""
    answer = client.get("/hello").json()
    assert answer["greeting"] == "Hello town", '{"greeting": "Hello town"}'
