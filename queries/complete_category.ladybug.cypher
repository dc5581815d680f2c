// What others take from the categories that a person buys most from, and they never did.
//
// user  id of a person, a text
// k     how many categories
//
// Of each category the three most popular items.
//
// | id       | title         | category | had | why                                       |
// | '866211' | 'Yogurt, 6 O… | 'YOGURT' | 9   | 'Had 9 other items of YOGURT, never this… |

:param {user: '1', k: 5};

MATCH (user:User {id: $user})-[:PURCHASED]->(held:Item)-[:IN_CATEGORY]->(category:Category)
WITH user, category, count(DISTINCT held.id) AS had
ORDER BY had DESC, category.id
LIMIT $k
MATCH (category)<-[:IN_CATEGORY]-(item:Item)
WHERE item.popularity > 0 AND NOT EXISTS { MATCH (user)-[:PURCHASED]->(item) }
WITH user, category, had, list_sort(collect(item.popularity), 'DESC')[1:3] AS best
MATCH (category)<-[:IN_CATEGORY]-(item:Item)
WHERE item.popularity >= best[size(best)] AND NOT EXISTS { MATCH (user)-[:PURCHASED]->(item) }
WITH item, had, coalesce(category.name, category.id) AS name
RETURN
  item.id AS id,
  item.title AS title,
  name AS category,
  had,
  'Had ' + string(had) + ' of ' + name + ', never this one.' AS why
ORDER BY had DESC, category, item.popularity DESC, id
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  user.id AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS STRING) AS category,
  CAST(NULL AS INT64) AS had,
  "There is no such user. Ids are texts, such as '1'." AS why;
