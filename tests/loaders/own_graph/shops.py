"""Two graphs of somebody's own, made by hand: a trading company's, and a shop's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock
from neo4j import GraphDatabase, Session

from basketweave.loaders.own_graph import GraphMapping
from basketweave.neo4j_server import ServerInfo

ROOT = Path(__file__).parents[3]
TRADING = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs/adopt.md").read_text(), re.DOTALL
)[0]
"""The mapping that the documentation shows."""

_TRADING = """
UNWIND [[1, 'Beverages'], [2, 'Condiments'], [3, 'Seafood']] AS c
CREATE (:Category {categoryID: c[0], categoryName: c[1]})
WITH count(*) AS one
UNWIND [[1, 'North Tea Co.'], [2, 'Harbour Fish']] AS s
CREATE (:Supplier {supplierID: s[0], companyName: s[1]})
WITH count(*) AS two
UNWIND range(1, 12) AS n
MATCH (c:Category {categoryID: 1 + n % 3}), (s:Supplier {supplierID: 1 + n % 2})
CREATE (p:Product {
  productID: n, productName: 'Product ' + n, unitPrice: '' + n + '.50',
  unitsInStock: n % 4, id: 'theirs ' + n, name: 'their name'
})
CREATE (p)-[:PART_OF]->(c)
CREATE (s)-[:SUPPLIES]->(p)
"""
_ORDERS = """
UNWIND ['ALFKI', 'BERGS', 'CHOPS', 'DRACD', 'EASTC', 'FOLKO'] AS name
CREATE (:Customer {customerID: name, companyName: name + ' Ltd.'})
WITH collect(name) AS names
UNWIND range(0, 5) AS u
MATCH (c:Customer {customerID: names[u]})
UNWIND range(0, 3) AS visit
CREATE (c)-[:PLACED]->(o:Order {
  orderID: 100 * u + visit,
  orderDate: toString(date('2025-01-01') + duration({days: 7 * visit + u})) + ' 00:00:00.000'
})
WITH o, u, visit
UNWIND [x IN range(0, 2) | 1 + (2 * x + 4 * visit + u % 2) % 12] AS product
MATCH (p:Product {productID: product})
CREATE (o)-[:CONTAINS {quantity: 1 + visit, unitPrice: 1.5}]->(p)
"""
TRADED = 6 * 4 * 3
"""The events of the trading company."""

ORDER = """
MATCH (c:Customer {customerID: $customer}), (p:Product {productID: $product})
CREATE (c)-[:PLACED]->(o:Order {orderID: 900 + $product, orderDate: $date})
CREATE (o)-[:CONTAINS {quantity: 2}]->(p)
"""
"""One more order of a customer, of one product."""

CORNER = """
prefix: rec
name: corner
users: {label: Person, key: nr}
items: {label: Thing, key: nr, title: label, brand: maker, category: shelf}
events:
  - pattern: (who:Person)-[took:TOOK]->(:Thing)
    time: took.at
    kinds:
      property: took.how
      names: {bought: PURCHASED, seen: VIEWED}
  - pattern: (:Thing)<-[mark:MARKED]-(:Person)
    value: mark.stars
    kind: RATED
"""

_CORNER = """
CREATE CONSTRAINT nobody_else_calls_it_so IF NOT EXISTS
FOR (p:Person) REQUIRE p.nr IS UNIQUE
"""
_PEOPLE = """
UNWIND range(1, 8) AS n
CREATE (:Person {nr: n, id: n, title: 'Dr.', name: 'Person ' + n})
WITH count(*) AS one
UNWIND range(1, 9) AS n
CREATE (:Thing {
  nr: 10 * n, label: 'Thing ' + n, maker: 'Maker ' + n % 2, shelf: 'Shelf ' + n % 3,
  price: 'on request', colour: CASE n % 2 WHEN 0 THEN 'red' ELSE 'blue' END
})
WITH count(*) AS two
CREATE (:User {login: 'root'})-[:READS]->(:Item {text: 'no item of ours'})
CREATE (:Model {car: 'T'}), (:Dataset {id: 'dataset', of: 'weather'})
CREATE (:Person), (:Thing {label: 'nameless'})
WITH count(*) AS three
UNWIND range(1, 8) AS u
UNWIND range(0, 4) AS k
MATCH (p:Person {nr: u}), (t:Thing {nr: 10 * (1 + (2 * k + u % 2) % 9)})
CREATE (p)-[:TOOK {
  at: datetime('2025-03-01T10:00:00Z') + duration({days: k, hours: u}),
  how: CASE k WHEN 4 THEN 'seen' ELSE 'bought' END
}]->(t)
WITH p, t, k
WHERE k = 0
CREATE (p)-[:MARKED {stars: 4}]->(t)
"""


def mapping(text: str, **changes: Any) -> GraphMapping:
    """One of the mappings above, with other settings here and there."""
    return GraphMapping.model_validate({**yaml.safe_load(text), **changes})


@contextmanager
def session_on(server: ServerInfo) -> Iterator[Session]:
    """A session on the server that all tests share, which is empty before and after."""
    login = (server.user, server.password)
    with (
        # Community has one database: the contract's tests take the same lock.
        FileLock(f"{server.home}.contract.lock"),
        GraphDatabase.driver(server.bolt_uri, auth=login) as driver,
        driver.session() as opened,
    ):
        empty(opened)
        yield opened
        empty(opened)


def empty(session: Session) -> None:
    """Take all nodes out, the corner shop's constraint, and what a failure left."""
    session.run(
        "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
    ).consume()
    session.run("DROP CONSTRAINT nobody_else_calls_it_so IF EXISTS").consume()
    for what, shown in (("CONSTRAINT", "CONSTRAINTS"), ("INDEX", "INDEXES")):
        found = session.run(f"SHOW {shown} YIELD name RETURN name").values()
        for (name,) in found:
            if name.startswith(("bw_", "rec_", "two_")):
                session.run(f"DROP {what} `{name}` IF EXISTS").consume()


def trading(session: Session) -> None:
    """Customers, orders, products, categories and suppliers, with integers and texts."""
    for statement in (_TRADING, _ORDERS):
        session.run(statement).consume()


def corner(session: Session) -> None:
    """People with numbers, foreign labels that are called as ours are."""
    for statement in (_CORNER, _PEOPLE):
        session.run(statement).consume()


def everything(session: Session) -> tuple[list[str], ...]:
    """Every node, relationship, index and constraint of a database, to compare."""
    nodes = session.run("MATCH (n) RETURN elementId(n), labels(n), properties(n)")
    found = [sorted(map(_told, nodes.values()))]
    links = session.run(
        "MATCH (a)-[r]->(b) RETURN elementId(r), type(r), properties(r), "
        "elementId(a), elementId(b)"
    )
    found.append(sorted(map(_told, links.values())))
    for what in ("INDEXES", "CONSTRAINTS"):
        shown = session.run(
            f"SHOW {what} YIELD name, type, labelsOrTypes, properties "
            "RETURN name, type, labelsOrTypes, properties"
        )
        found.append(sorted(map(_told, shown.values())))
    return tuple(found)


def _told(row: list[object]) -> str:
    return repr(
        [
            sorted(one.items())
            if isinstance(one, dict)
            else sorted(one)
            if isinstance(one, list)
            else one
            for one in row
        ]
    )
