// Why this item for this user: every way that leads there, the strongest first.
//
// user  id of a person, a text
// item  id of an item, a text
// k     how many ways
//
// A purchase of the item itself, or of one from which a relationship leads to it. The
// strength is that relationship's weight, halved for every 90 days that the purchase
// lies before the user's latest one; 1 for the item itself.
//
// | strength | had                  | relationship   | lastAt     | why                     |
// | 0.21     | 'Bananas, 40 LB (N…' | 'CO_PURCHASED' | 1512360080 | 'Had Bananas, 40 LB (…' |

:param {user: '1', item: '995242', k: 25};

MATCH (:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item {id: $item})
WITH held, max(bought.at) AS lastAt
RETURN
  1.0 AS strength,
  coalesce(held.title, held.id) AS had,
  CAST(NULL AS STRING) AS relationship,
  lastAt,
  'Had it before.' AS why
UNION ALL
MATCH (:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(:Item)
WITH max(bought.at) AS latest
MATCH (:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(held:Item)
WITH latest, held, max(bought.at) AS lastAt
MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(:Item {id: $item})
WITH held, lastAt, near, label(near) AS kind,
  near.weight * pow(0.5, (latest - lastAt) / 7776000.0) AS strength
RETURN
  strength,
  coalesce(held.title, held.id) AS had,
  kind AS relationship,
  lastAt,
  'Had ' + coalesce(held.title, held.id) + CASE kind
    WHEN 'FOLLOWED_BY' THEN ': whoever takes it often takes this next.'
    ELSE ': whoever takes it often takes this too.'
  END AS why
ORDER BY strength DESC, had, relationship
LIMIT $k
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  CAST(NULL AS DOUBLE) AS strength,
  CAST(NULL AS STRING) AS had,
  CAST(NULL AS STRING) AS relationship,
  CAST(NULL AS INT64) AS lastAt,
  "There is no such user. Ids are texts, such as '1'." AS why
UNION ALL
OPTIONAL MATCH (item:Item {id: $item})
WITH item
WHERE item.id IS NULL
RETURN
  CAST(NULL AS DOUBLE) AS strength,
  CAST(NULL AS STRING) AS had,
  CAST(NULL AS STRING) AS relationship,
  CAST(NULL AS INT64) AS lastAt,
  "There is no such item. Ids are texts, such as '1'." AS why;
