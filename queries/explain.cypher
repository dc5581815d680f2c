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

CYPHER 5
MATCH (user:User {id: $user})
MATCH (item:Item {id: $item})
CALL (user) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
  WITH bought, held, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
  RETURN
    max(lastAt) AS latest,
    collect({bought: bought, held: held, lastAt: lastAt}) AS history
}
CALL (item, latest, history) {
  UNWIND history AS one
  WITH one.bought AS bought, one.held AS held, item
  WHERE held = item
  RETURN bought, null AS near, 1.0 AS strength
UNION ALL
  UNWIND history AS one
  WITH one.bought AS bought, one.held AS held, item, latest - one.lastAt AS age
  MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item)
  RETURN bought, near, near.weight * 0.5 ^ (age / 7776000.0) AS strength
}
WITH user, item, bought, near, strength
ORDER BY strength DESC
WITH user, item, collect({bought: bought, near: near, strength: strength}) AS ways
UNWIND ways[..toInteger($k)] AS way
WITH user, item, way.bought AS bought, way.near AS near, way.strength AS strength
RETURN
  CASE
    WHEN near IS NULL THEN head(COLLECT {
      MATCH path = (user)-[bought]->(item)
      RETURN path
    })
    ELSE head(COLLECT {
      MATCH path = (user)-[bought]->()-[near]->(item)
      RETURN path
    })
  END AS path,
  strength
ORDER BY strength DESC;
