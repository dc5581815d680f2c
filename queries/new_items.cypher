// New items worth showing to a person: from categories they buy, first sold lately.
//
// user  id of a person, a text
// days  how many days count as lately
// k     how many
//
// Items that nobody has bought yet are new too.
//
// | id       | title         | category | had | buyers | why                              |
// | '866211' | 'Yogurt, 6 O… | 'YOGURT' | 9   | 3      | 'New in YOGURT, of which this …' |

:param {user: '1', days: 28, k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
WITH user, dataset.lastAt - 86400 * $days AS since
OPTIONAL CALL (user, since) {
  MATCH (user)-[:PURCHASED]->(held:Item)-[:IN_CATEGORY]->(category:Category)
  WITH category, since, count(DISTINCT held) AS had
  ORDER BY had DESC, category.id
  LIMIT 10
  MATCH (category)<-[:IN_CATEGORY]-(item:Item)
  WHERE item.id IS NOT NULL AND NOT EXISTS {
    MATCH (item)<-[bought:PURCHASED]-()
    WHERE coalesce(bought.firstAt, bought.at, bought.lastAt, 0) < since
  }
  RETURN category, had, item, COUNT { (item)<-[:PURCHASED]-() } AS buyers
  ORDER BY buyers DESC, had DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  coalesce(category.name, category.id) AS category,
  had,
  buyers,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "Nothing new in what this user buys from."
    ELSE "New in " + coalesce(category.name, category.id)
      + ", of which this user had " + had + "."
  END AS why
ORDER BY buyers DESC, had DESC, id;
