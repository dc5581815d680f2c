// How much there is in the graph: people, items, events, relationships, and from when.
//
// | what        | count  | why                                         |
// | 'Item'      | 92348  | 'What can be recommended.'                  |

CYPHER 5
MATCH (n:User)
RETURN 'User' AS what, count(n) AS count, 'People.' AS why
UNION ALL
MATCH (n:Item)
RETURN 'Item' AS what, count(n) AS count, 'What can be recommended.' AS why
UNION ALL
MATCH (n:Category)
RETURN 'Category' AS what, count(n) AS count, 'A rule may name them.' AS why
UNION ALL
MATCH (n:Brand)
RETURN 'Brand' AS what, count(n) AS count, 'A rule may name them.' AS why
UNION ALL
MATCH (:User)-[r:PURCHASED]->()
RETURN 'PURCHASED' AS what, count(r) AS count, 'Pairs of a person and an item.' AS why
UNION ALL
MATCH (:User)-[r:VIEWED]->()
RETURN 'VIEWED' AS what, count(r) AS count, 'Pairs of a person and an item.' AS why
UNION ALL
MATCH (:User)-[r:ADDED_TO_CART]->()
RETURN 'ADDED_TO_CART' AS what, count(r) AS count, 'Pairs of a person and an item.' AS why
UNION ALL
MATCH (:User)-[r:RATED]->()
RETURN 'RATED' AS what, count(r) AS count, 'Pairs of a person and an item.' AS why
UNION ALL
MATCH (:Item)-[r:CO_PURCHASED]->()
RETURN 'CO_PURCHASED' AS what, count(r) AS count, 'Derived: in one basket.' AS why
UNION ALL
MATCH (:Item)-[r:FOLLOWED_BY]->()
RETURN 'FOLLOWED_BY' AS what, count(r) AS count, 'Derived: one after the other.' AS why
UNION ALL
MATCH (n:Dataset {id: 'dataset'})
RETURN 'days' AS what, (n.lastAt - n.firstAt) / 86400 AS count,
  'From the first event to the last.' AS why;
