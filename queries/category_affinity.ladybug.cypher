// Which categories a user buys from: how often, which share of all they buy, and what.
//
// user  id of a person, a text
// k     how many
//
// | id                 | name     | bought | share | items            | why                    |
// | 'GROCERY/YOGURT/…' | 'YOGURT' | 61     | 0.04  | ['Yogurt, 6 OZ'] | '61 of 1,530 purchas…' |

:param {user: '1', k: 10};

MATCH (:User {id: $user})-[bought:PURCHASED]->(:Item)
WITH count(*) AS total
MATCH (:User {id: $user})-[bought:PURCHASED]->(item:Item)-[:IN_CATEGORY]->(category:Category)
WITH total, category, item, count(*) AS count
ORDER BY count DESC, item.id
SKIP 0
WITH total, category, sum(count) AS bought, collect(item.title) AS items
RETURN
  category.id AS id,
  category.name AS name,
  CAST(bought AS INT64) AS bought,
  CAST(bought AS DOUBLE) / total AS share,
  items[1:3] AS items,
  string(CAST(bought AS INT64)) + ' of ' + string(total) + ' purchases.' AS why
ORDER BY bought DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  user.id AS id,
  CAST(NULL AS STRING) AS name,
  CAST(NULL AS INT64) AS bought,
  CAST(NULL AS DOUBLE) AS share,
  CAST(NULL AS STRING[]) AS items,
  "There is no such user. Ids are texts, such as '1'." AS why;
