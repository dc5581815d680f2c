// What goes with the items of a basket, by the relationships that lead from them.
//
// items  ids of the items in the basket, texts
// k      how many
//
// | id       | title              | strength | because             | why                  |
// | '866211' | 'Bananas, 40 LB …' | 0.31     | ['Fluid Milk Whit…' | 'Goes with 2 items.' |

:param {items: ['995242', '981760'], k: 10};

UNWIND $items AS one
MATCH (held:Item {id: one})-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
WHERE NOT list_contains($items, item.id)
WITH item, held, sum(near.weight) AS weight
ORDER BY weight DESC, held.id
SKIP 0
WITH item, sum(weight) AS strength, collect(coalesce(held.title, held.id)) AS because
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  because,
  CASE
    WHEN size(because) = 1 THEN 'Goes with ' + because[1] + '.'
    ELSE 'Goes with ' + string(size(because)) + ' of these items.'
  END AS why
ORDER BY strength DESC, id
LIMIT $k
UNION ALL
UNWIND $items AS one
OPTIONAL MATCH (held:Item {id: one})
WITH count(held.id) AS known
WHERE known = 0
RETURN
  CAST(NULL AS STRING) AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS DOUBLE) AS strength,
  CAST(NULL AS STRING[]) AS because,
  "There are no such items. Ids are texts, such as ['1', '2']." AS why;
