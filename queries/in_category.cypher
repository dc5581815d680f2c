// Items of one category for one person, by what they had last.
//
// user      id of a person, a text
// category  id of a category, which stands for all below it too
// k         how many
//
// The walk starts from the latest 100 items; each pulls by half less for every 90 days
// that it lies before the latest one.
//
// | id       | title              | strength | had   | why                            |
// | '866211' | 'Bananas, 40 LB …' | 0.21     | false | 'Goes with Fluid Milk White …' |

:param {user: '1', category: 'GROCERY', k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL MATCH (category:Category {id: toString($category)})
OPTIONAL CALL (user) {
  MATCH (user)-[bought:PURCHASED]->(held:Item)
  WITH held, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
  ORDER BY lastAt DESC, held.id
  LIMIT 100
  RETURN collect(held) AS latest, collect(lastAt) AS times
}
OPTIONAL CALL (user, category, latest, times) {
  UNWIND range(0, size(latest) - 1) AS n
  WITH user, category, latest[n] AS held, 0.5 ^ ((times[0] - times[n]) / 7776000.0) AS pull
  MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
  WITH category, item, held, pull * near.weight AS strength
  ORDER BY strength DESC, held.id
  WITH category, item, sum(strength) AS strength, collect(held)[0] AS held
  ORDER BY strength DESC, item.id
  WITH category, item, strength, held
  WHERE item.id IS NOT NULL
    AND EXISTS { (item)-[:IN_CATEGORY]->()-[:SUBCATEGORY_OF*0..]->(category) }
  RETURN item, strength, held
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  item IS NOT NULL AND EXISTS { (user)-[:PURCHASED]->(item) } AS had,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN category IS NULL THEN "There is no such category. See category_affinity."
    WHEN item IS NULL THEN "Nothing that this user had leads into this category."
    ELSE "Goes with " + coalesce(held.title, held.id) + "."
  END AS why
ORDER BY strength DESC, id;
