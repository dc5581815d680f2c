"""What cannot be answered says why, under a name that the log has too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from inspect import signature
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from basketweave.graph import GraphStore
from basketweave.service import ServiceSettings, create_app
from basketweave.service.answers import Answers
from basketweave.service.asked import AskSession, AskUser
from basketweave.serving.recommender import Recommender


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/recommend/nobody", 404, "no user 'nobody'"),
        ("/api/recommend/" + quote("<b>&☕"), 404, "<b>&☕"),
        ("/api/recommend/", 404, "/docs"),
        ("/api/recommend/ann?k=0", 422, "'k' cannot be"),
        ("/api/recommend/ann?k=1000000", 422, "'k' cannot be"),
        ("/api/recommend/ann?k=%C2%B2", 422, "'k' cannot be"),
        ("/api/recommend/ann?known=old", 422, "'known' cannot be"),
        ("/api/similar/" + quote("a/b", safe=""), 404, "no item 'a/b'"),
        ("/api/similar/a%00b", 404, "/docs"),
        ("/api/similar/%ff", 404, "/docs"),
        ("/api/explain/ann/nothing", 404, "no item 'nothing'"),
        ("/api/search?q=" + "x" * 201, 422, "'q' cannot be"),
        ("/etc/passwd", 404, "/docs"),
    ],
)
def test_what_cannot_be_answered_says_why(
    client: TestClient, path: str, status: int, told: str
) -> None:
    found = client.get(path, headers={"X-Request-Id": "mine-1"})
    assert found.status_code == status
    assert told in found.json()["detail"]
    assert found.json()["request_id"] == found.headers["X-Request-Id"] == "mine-1"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "The body is no JSON"),
        ("[]", "body"),
        ("{}", "'user' is missing; it is needed."),
        ('{"user": ""}', "'user' cannot be ''"),
        ('{"user": "ann", "more": 1}', "'more' is not a field"),
        ('{"user": "ann", "weights": {"magic": 1}}', "'magic' is not a part"),
        ('{"user": "ann", "weights": {"graph": -1}}', "finite"),
        ('{"user": "ann", "weights": {"graph": 0}}', "above 0"),
        ('{"user": "ann", "where": {"brand": ["A"]}}', "'where.brand' is not a field"),
        ('{"user": "ann", "as_of": "never"}', "never"),
        ('{"user": "ann\\u0000"}', "NUL"),
        ('{"user": "\\ud800"}', "surrogate"),
        ('{"user": "ann", "seed": "\\ud800"}', "'seed' cannot be"),
        ('{"user": "ann", "k": 1e400}', "'k'"),
    ],
)
def test_a_body_that_cannot_be_used_says_why(
    client: TestClient, body: str, told: str
) -> None:
    head = {"Content-Type": "application/json"}
    found = client.post("/api/recommend", content=body, headers=head)
    assert found.status_code == 422, found.text
    assert told in found.json()["detail"]


def test_a_form_of_another_site_is_no_json(client: TestClient) -> None:
    head = {"Content-Type": "text/plain"}
    found = client.post("/api/recommend", content='{"user": "ann"}', headers=head)
    assert found.status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "localhost:8750"}, 200),
        ({"Host": "LOCALHOST."}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "[::1"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.1@evil.example"}, 403),
        ({"Host": "localhost", "Origin": "https://evil.example"}, 403),
        ({"Host": "localhost", "Origin": "null"}, 403),
        ({"Host": "localhost", "Origin": "http://localhost:8750"}, 200),
    ],
)
def test_without_keys_only_this_machine_is_answered(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    assert client.get("/api/about", headers=headers).status_code == status


def test_a_named_site_may_ask(store: GraphStore) -> None:
    settings = ServiceSettings(origins=("https://shop.example",))
    with TestClient(create_app(store, settings), base_url="http://localhost") as asks:
        found = asks.get("/api/about", headers={"Origin": "https://shop.example"})
        assert found.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        other = asks.get("/api/about", headers={"Origin": "https://evil.example"})
        assert other.status_code == 403


def test_large_bodies_are_refused(store: GraphStore) -> None:
    settings = ServiceSettings(body_mb=0.001)
    with TestClient(create_app(store, settings), base_url="http://localhost") as asks:
        asked = {"items": ["a" * 5_000]}
        assert asks.post("/api/session", json=asked).status_code == 413

        def pieces() -> Iterator[bytes]:  # without a Content-Length
            yield from [b'{"items": ["'] + [b"a" * 500] * 10

        head = {"Content-Type": "application/json"}
        found = asks.post("/api/session", content=pieces(), headers=head)
        assert found.status_code == 413
        assert found.json()["detail"].startswith("A body may have 1,048 bytes.")


def test_the_log_has_routes_and_no_people(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "basketweave.service"):
        client.get("/api/recommend/ann", headers={"X-Request-Id": "ours"})
        client.get("/api/recommend/nobody")
    first, second = (json.loads(record.message) for record in caplog.records)
    assert first["route"] == "/api/recommend/{user}"
    assert (first["request_id"], first["status"]) == ("ours", 200)
    assert second["status"] == 404
    assert "ann" not in caplog.text.replace("channel", "")
    assert "nobody" not in caplog.text


def test_figures_are_counted_by_route(client: TestClient) -> None:
    client.get("/api/similar/a")
    text = client.get("/api/metrics").text
    line = 'basketweave_request_seconds_count{method="GET",route="/api/similar/{item}",'
    assert line in text


def test_what_is_unforeseen_is_told_without_what_it_says(
    store: GraphStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(self: Answers) -> None:
        raise RuntimeError("ann has bought this")

    monkeypatch.setattr(Answers, "about", broken)
    with (
        caplog.at_level(logging.INFO, "basketweave.service"),
        TestClient(create_app(store), base_url="http://localhost") as client,
    ):
        found = client.get("/api/about")
    assert found.status_code == 500
    assert found.json()["detail"] == "Something went wrong here; the log says what."
    assert "RuntimeError at " in caplog.text
    assert "ann has" not in caplog.text


def test_the_documentation_names_every_address(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/recommend/{user}", "/api/session", "/api/batch"} <= set(paths)
    assert client.get("/docs").status_code == 200


def test_the_page_is_served(client: TestClient) -> None:
    assert "<title>basketweave</title>" in client.get("/").text
    for name in ("page.js", "page.css"):
        found = client.get(f"/{name}")
        assert found.status_code == 200
        assert "default-src 'self'" in found.headers["Content-Security-Policy"]


def test_answers_do_without_http(store: GraphStore) -> None:
    answer = Answers(store).recommend(AskUser(user="ann", k=2)).plain()
    assert len(answer["items"]) == 2


def test_a_request_says_all_that_a_recommender_takes() -> None:
    asked = (AskUser(user="ann"), Recommender.recommend, {"self", "user"})
    held = (AskSession(items=("a",)), Recommender.session, {"self", "items"})
    for request, verb, beside in (asked, held):
        assert set(request.question()) == set(signature(verb).parameters) - beside


def test_explored_places_are_drawn_again_from_their_seed(client: TestClient) -> None:
    for path, whom in (("recommend", {"user": "ann"}), ("session", {"items": ["a"]})):
        body = {**whom, "explore": 0.5, "seed": "x"}
        first, again = (client.post(f"/api/{path}", json=body) for _ in range(2))
        assert first.status_code == 200, first.text
        assert first.json()["seed"] == "x"
        assert first.json()["items"] == again.json()["items"]
