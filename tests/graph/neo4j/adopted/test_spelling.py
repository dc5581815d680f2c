"""In an adopted graph our names bear its prefix, and its owner's stay as they are."""

from __future__ import annotations

import pytest

from basketweave.errors import UsageError
from basketweave.graph.neo4j.adopted.spelling import LABELS, PROPERTIES, TYPES, Spelling
from basketweave.graph.neo4j.schema import rules
from basketweave.queries.question import questions

BW = Spelling("bw")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "MATCH (n:Item {id: $id})<-[r:RATED|VIEWED]-(:User) RETURN n.title AS x",
            "MATCH (n:bw_Item {bw_id: $id})<-[r:bw_RATED|bw_VIEWED]-(:bw_User) RETURN n.bw_title AS x",
        ),
        ("SET n.gat_v3 = $vector[k]", "SET n.bw_gat_v3 = $vector[k]"),
        ("SET n.bw_gat_v3 = $x", "SET n.bw_gat_v3 = $x"),
        ("RETURN c.`title`, c.colour", "RETURN c.`title`, c.colour"),
        ("WHERE type(r) = 'PURCHASED'", "WHERE type(r) = 'bw_PURCHASED'"),
        ('RETURN "Item title: id" // n.id', 'RETURN "Item title: id" // n.id'),
        ("RETURN {id: a, x: item.id}", "RETURN {bw_id: a, x: item.bw_id}"),
        ("DROP INDEX item_gat_v3 IF EXISTS", "DROP INDEX bw_item_gat_v3 IF EXISTS"),
        ("RETURN m.index AS index, m.kind", "RETURN m.index AS index, m.kind"),
        ("WHERE x IS :: STRING", "WHERE x IS :: STRING"),
        ("SHOW INDEXES YIELD name WHERE name = 'x'", "SHOW INDEXES YIELD name WHERE name = 'x'"),
        ("RETURN vector.similarity.cosine(a, b)", "RETURN vector.similarity.cosine(a, b)"),
    ],
)  # fmt: skip
def test_a_statement_is_said_in_the_words_of_the_graph(ours: str, theirs: str) -> None:
    assert BW.statement(ours) == theirs
    assert BW.statement(theirs) == theirs
    assert Spelling().statement(ours) is ours


def test_no_name_of_ours_stays_in_any_question_or_rule() -> None:
    texts = [one.statement for one in questions().values()]
    for text in (*texts, *(rule.statement for rule in rules())):
        said = BW.statement(text)
        for label in LABELS:
            assert f":{label}" not in said
        for kind in TYPES:
            assert f":{kind}" not in said
            assert f"'{kind}'" not in said
        for name in PROPERTIES:
            assert f".{name} " not in said


def test_parameters_and_rows_are_renamed_as_the_statement_is() -> None:
    given = {
        "asked": {
            "weights": {"popularity": 1.0, "graph": 2.0},
            "kinds": {"weights": {"PURCHASED": 1.0}, "known": ["PURCHASED"]},
            "encoders": ["gat_v1"],
            "session": [{"id": "gat_v1", "weight": 1.0}],
        }
    }
    said = BW.given(given)["asked"]
    assert said["weights"] == {"bw_popularity": 1.0, "graph": 2.0}
    assert said["kinds"] == {
        "weights": {"bw_PURCHASED": 1.0},
        "known": ["bw_PURCHASED"],
    }
    assert said["encoders"] == ["bw_gat_v1"]
    assert said["session"] == [{"bw_id": "gat_v1", "weight": 1.0}]
    rows = [
        [{"bw_id": "1", "id": 7, "size": 3}, ["Customer", "bw_User"], "bw_PURCHASED"]
    ]
    told = [[{"id": "1", "size": 3}, ["Customer", "User"], "PURCHASED"]]
    assert BW.returned("RETURN n", rows) == told
    assert BW.returned("RETURN n", [[1.0, "bw_RATED"]]) == [[1.0, "RATED"]]
    assert BW.returned("RETURN n", [{"n": 1, "k": [2, "bw_RATED"]}]) == [
        {"n": 1, "k": [2, "RATED"]}
    ]
    assert BW.returned("SHOW INDEXES YIELD name", rows) is rows
    assert BW.own({"id": 7, "bw_id": "1", "size": 3, "title": "own"}) == {
        "id": "1",
        "size": 3,
    }


@pytest.mark.parametrize("prefix", ["", "b_w", "1b", "a" * 17, "b`w", "bé"])
def test_a_prefix_is_letters_and_digits(prefix: str) -> None:
    with pytest.raises(UsageError, match="cannot be a prefix"):
        Spelling(prefix)
