// Items for one user, on the embedded store: the statements behind recommend.cypher.
//
// Ladybug's Cypher has no CALL { } subqueries, no reduce and no vector index here, so
// each part is a statement of its own. What recommend.cypher does with their rows
// (candidates, normalising, weighting) basketweave/serving/embedded.py does after
// them; the nearest vectors come from an exact search in memory.
//
// Parameters: user, asOf (9223372036854775807 for all), anchor (the user's last
// event), halfLife, history, items (ids), and those of the rules.

// --- history: what the user bought and when
MATCH (user:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
WHERE bought.at <= $asOf
RETURN offset(id(item)) AS item, bought.at AS at;

// --- together: the walk over CO_PURCHASED from the latest items
MATCH (user:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
WHERE bought.at <= $asOf
WITH held, max(bought.at) AS last
ORDER BY last DESC, held.id
LIMIT $history
MATCH (held)-[near:CO_PURCHASED]->(item:Item)
RETURN
  offset(id(item)) AS item,
  sum(near.weight * pow(0.5, ($anchor - last) / $halfLife)) AS walked;

// --- follows: the walk over FOLLOWED_BY from the latest items
MATCH (user:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
WHERE bought.at <= $asOf
WITH held, max(bought.at) AS last
ORDER BY last DESC, held.id
LIMIT $history
MATCH (held)-[near:FOLLOWED_BY]->(item:Item)
RETURN
  offset(id(item)) AS item,
  sum(near.weight * pow(0.5, ($anchor - last) / $halfLife)) AS walked;

// --- catalogue: every item's id and numbers, read once and kept until a write
MATCH (item:Item)
RETURN item.id AS id, item.popularity AS popularity, item.rebuy AS rebuy
ORDER BY offset(id(item));

// --- items: titles of the ranked items
MATCH (item:Item)
WHERE item.id IN $items
RETURN item.id AS id, item.title AS title;

// --- paths: from the latest items to the ranked ones, and how strong each is
MATCH (user:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
WHERE bought.at <= $asOf
WITH held, max(bought.at) AS last
ORDER BY last DESC, held.id
LIMIT $history
MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
WHERE item.id IN $items
RETURN
  item.id AS item,
  held.id AS held,
  held.title AS title,
  label(near) AS relationship,
  near.weight * pow(0.5, ($anchor - last) / $halfLife) AS weight;
