// Whom to tell about an item: people who had what leads to it, and never had it.
//
// item  id of an item, a text
// k     how many people
//
// Of what leads to the item the 10 strongest count.
//
// | id    | strength | because            | why                                    |
// | '718' | 0.74     | ['Fluid Milk W…']  | 'Had 4 items that are taken with it.'  |

:param {item: '995242', k: 10};

MATCH (item:Item {id: $item})<-[near:CO_PURCHASED|FOLLOWED_BY]-(held:Item)
WITH item, held, sum(near.weight) AS weight
ORDER BY weight DESC, held.id
LIMIT 10
MATCH (held)<-[:PURCHASED]-(user:User)
WITH DISTINCT item, held, weight, user
ORDER BY weight DESC, held.id
SKIP 0
WITH item, user, sum(weight) AS strength, collect(coalesce(held.title, held.id)) AS because
WHERE NOT EXISTS { MATCH (user)-[:PURCHASED]->(item) }
RETURN
  user.id AS id,
  strength,
  because[1:3] AS because,
  'Had ' + because[1] + CASE size(because)
    WHEN 1 THEN '.'
    ELSE ' and ' + string(size(because) - 1) + ' more that are taken with it.'
  END AS why
ORDER BY strength DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (held:Item {id: $item})
WITH held
WHERE held.id IS NULL
RETURN
  held.id AS id,
  CAST(NULL AS DOUBLE) AS strength,
  CAST(NULL AS STRING[]) AS because,
  "There is no such item. Ids are texts, such as '1'." AS why;
