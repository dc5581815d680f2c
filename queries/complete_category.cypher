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

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL CALL (user) {
  MATCH (user)-[:PURCHASED]->(held:Item)-[:IN_CATEGORY]->(category:Category)
  WITH user, category, count(DISTINCT held) AS had
  ORDER BY had DESC, category.id
  LIMIT toInteger($k)
  MATCH (category)<-[:IN_CATEGORY]-(item:Item)
  WHERE item.popularity > 0
    AND item.id IS NOT NULL
    AND NOT EXISTS { (user)-[:PURCHASED]->(item) }
  WITH category, had, item
  ORDER BY item.popularity DESC, item.id
  WITH category, had, collect(item)[..3] AS items
  UNWIND items AS item
  RETURN category, had, item
}
RETURN
  item.id AS id,
  item.title AS title,
  coalesce(category.name, category.id) AS category,
  had,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "Nothing is left to add to what this user buys from."
    ELSE "Had " + had + " of " + coalesce(category.name, category.id) + ", never this one."
  END AS why
ORDER BY had DESC, category, item.popularity DESC, id;
