// Which categories a user buys from: how often, which share of all they buy, and what.
//
// In Neo4j Browser, run these lines first:
// :param user => '1'
// :param k => 10
//
// | id                  | name        | bought | share | items                       |
// | 'GROCERY/YOGURT/…'  | 'YOGURT'    | 61     | 0.04  | ['Yogurt, 6 OZ (National)'] |

CYPHER 5
MATCH (:User {id: $user})-[bought:PURCHASED]->(item:Item)
WITH item, coalesce(bought.count, size(bought.times), 1) AS count
ORDER BY count DESC, item.id
WITH collect({item: item, count: count}) AS history, sum(count) AS total
UNWIND history AS one
WITH one.item AS item, one.count AS count, total
MATCH (item)-[:IN_CATEGORY]->(category:Category)
WITH category, total, sum(count) AS bought, collect(item.title)[..3] AS items
RETURN
  category.id AS id,
  category.name AS name,
  bought,
  toFloat(bought) / total AS share,
  items
ORDER BY bought DESC, id
LIMIT toInteger($k);
