// Why this item for this user: every way that leads there, the strongest first.
//
// In Neo4j Browser, run these lines first:
// :param user => '1'
// :param item => '995242'
// :param k => 25
//
// A purchase of the item itself, or of one from which a relationship leads to it. The
// strength is that relationship's weight, halved for every 90 days that the purchase
// lies before the user's latest one; 1 for the item itself.
//
// | path                                              | strength |
// | (:User)-[:PURCHASED]->(:Item)-[:CO_PURCHASED]->(…) | 0.21     |

MATCH (user:User {id: $user})
MATCH (item:Item {id: $item})
CALL (user) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->()
  RETURN max(bought.lastAt) AS latest
}
CALL (user, item, latest) {
  MATCH path = (user)-[:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item)
  RETURN path, 1.0 AS strength
UNION ALL
  MATCH path = (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
    -[near:CO_PURCHASED|FOLLOWED_BY]->(item)
  RETURN path, near.weight * 0.5 ^ ((latest - bought.lastAt) / 7776000.0) AS strength
}
RETURN path, strength
ORDER BY strength DESC
LIMIT toInteger($k);
