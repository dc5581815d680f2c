// How much there is in the graph: people, items, events, relationships, and from when.
//
// | what        | count  | why                                         |
// | 'Item'      | 92348  | 'What can be recommended.'                  |

MATCH (n:User)
WITH count(n) AS count
RETURN 'User' AS what, count, 'People.' AS why
UNION ALL
MATCH (n:Item)
WITH count(n) AS count
RETURN 'Item' AS what, count, 'What can be recommended.' AS why
UNION ALL
MATCH (n:Category)
WITH count(n) AS count
RETURN 'Category' AS what, count, 'A rule may name them.' AS why
UNION ALL
MATCH (n:Brand)
WITH count(n) AS count
RETURN 'Brand' AS what, count, 'A rule may name them.' AS why
UNION ALL
MATCH (:User)-[r:PURCHASED]->(:Item)
WITH count(r) AS count
RETURN 'PURCHASED' AS what, count, 'Events.' AS why
UNION ALL
MATCH (:User)-[r:VIEWED]->(:Item)
WITH count(r) AS count
RETURN 'VIEWED' AS what, count, 'Events.' AS why
UNION ALL
MATCH (:User)-[r:ADDED_TO_CART]->(:Item)
WITH count(r) AS count
RETURN 'ADDED_TO_CART' AS what, count, 'Events.' AS why
UNION ALL
MATCH (:User)-[r:RATED]->(:Item)
WITH count(r) AS count
RETURN 'RATED' AS what, count, 'Events.' AS why
UNION ALL
MATCH (:Item)-[r:CO_PURCHASED]->(:Item)
WITH count(r) AS count
RETURN 'CO_PURCHASED' AS what, count, 'Derived: in one basket.' AS why
UNION ALL
MATCH (:Item)-[r:FOLLOWED_BY]->(:Item)
WITH count(r) AS count
RETURN 'FOLLOWED_BY' AS what, count, 'Derived: one after the other.' AS why
UNION ALL
MATCH (n:Dataset {id: 'dataset'})
RETURN 'days' AS what, (n.lastAt - n.firstAt) / 86400 AS count,
  'From the first event to the last.' AS why;
