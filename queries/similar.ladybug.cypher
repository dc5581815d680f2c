// Items like one item, by the relationships that lead from it.
//
// item  id of an item, a text
// k     how many
//
// | id       | title        | walked | relationship | why                                  |
// | '981760' | 'Eggs - X-…' | 0.41   | CO_PURCHASED | 'Taken together with Fluid Milk Wh…' |

:param {item: '995242', k: 10};

OPTIONAL MATCH (held:Item {id: $item})
OPTIONAL MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
WITH held, item, sum(near.weight) AS walked, min(label(near)) AS relationship
RETURN
  item.id AS id,
  item.title AS title,
  CASE WHEN item.id IS NOT NULL THEN walked END AS walked,
  relationship,
  CASE
    WHEN held.id IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN item.id IS NULL THEN 'No relationship leads from it. Derive: basketweave derive.'
    WHEN relationship = 'FOLLOWED_BY' THEN 'Taken after ' + coalesce(held.title, held.id) + '.'
    ELSE 'Taken together with ' + coalesce(held.title, held.id) + '.'
  END AS why
ORDER BY walked DESC, id
LIMIT $k;
