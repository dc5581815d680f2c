// Items like one item, by the relationships that lead from it.
//
// In Neo4j Browser, run these lines first:
// :param item => '995242'
// :param k => 10
//
// | id       | walked | relationship |
// | '981760' | 0.41   | CO_PURCHASED |

CYPHER 5
MATCH (held:Item {id: $item})-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
WHERE item.id IS NOT NULL
RETURN
  item.id AS id,
  sum(near.weight) AS walked,
  min(type(near)) AS relationship
ORDER BY walked DESC, id
LIMIT toInteger($k);
