// What a user is likely to take next: where FOLLOWED_BY leads from their latest items.
//
// In Neo4j Browser, run these lines first:
// :param user => '1'
// :param k => 10
//
// The latest ten items count, each .7 of the one after it; items bought before are
// left out.
//
// | id       | title                       | strength | after             |
// | '840361' | 'Eggs - Large, 1 DZ (…)'    | 0.42     | ['Fluid Milk, …'] |

CYPHER 5
MATCH (user:User {id: $user})-[bought:PURCHASED]->(latest:Item)
WITH user, latest, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
ORDER BY lastAt DESC, latest.id
LIMIT 10
WITH user, collect(latest) AS latest
UNWIND range(0, size(latest) - 1) AS place
WITH user, latest[place] AS held, 0.7 ^ place AS pull
MATCH (held)-[near:FOLLOWED_BY]->(item:Item)
WITH user, item, sum(pull * near.weight) AS strength, collect(held.title) AS after
WHERE item.id IS NOT NULL AND NOT EXISTS { (user)-[:PURCHASED]->(item) }
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  after
ORDER BY strength DESC, id
LIMIT toInteger($k);
