// Which categories a user buys from: how often, which share of all they buy, and what.
//
// user  id of a person, a text
// k     how many
//
// | id                 | name     | bought | share | items            | why                    |
// | 'GROCERY/YOGURT/…' | 'YOGURT' | 61     | 0.04  | ['Yogurt, 6 OZ'] | '61 of 1,530 purchas…' |

:param {user: '1', k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL CALL (user) {
  MATCH (user)-[bought:PURCHASED]->(item:Item)
  WITH item, coalesce(bought.count, size(bought.times), 1) AS count
  ORDER BY count DESC, item.id
  WITH collect({item: item, count: count}) AS history, sum(count) AS total
  UNWIND history AS one
  WITH one.item AS item, one.count AS count, total
  MATCH (item)-[:IN_CATEGORY]->(category:Category)
  WITH category, total, sum(count) AS bought, collect(item.title)[..3] AS items
  ORDER BY bought DESC, category.id
  LIMIT toInteger($k)
  RETURN category, total, bought, items
}
RETURN
  category.id AS id,
  category.name AS name,
  bought,
  toFloat(bought) / total AS share,
  items,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN category IS NULL THEN "Nothing bought is in a category."
    ELSE bought + " of " + total + " purchases."
  END AS why
ORDER BY bought DESC, id;
