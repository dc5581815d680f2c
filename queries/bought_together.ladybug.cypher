// What stands in the same baskets as an item, and how much more often than by chance.
//
// item  id of an item, a text
// k     how many
//
// | id        | title              | support | lift | weight | why                            |
// | '1082185' | 'Bananas, 40 LB …' | 2212    | 1.9  | 0.17   | 'In 2212 baskets with Milk.'   |

:param {item: '995242', k: 10};

OPTIONAL MATCH (held:Item {id: $item})
OPTIONAL MATCH (held)-[near:CO_PURCHASED]->(item:Item)
RETURN
  item.id AS id,
  item.title AS title,
  near.support AS support,
  near.lift AS lift,
  near.weight AS weight,
  CASE
    WHEN held.id IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN item.id IS NULL THEN 'Nothing is in baskets with it. Derive: basketweave derive'
    ELSE 'In ' + string(near.support) + ' baskets with ' + coalesce(held.title, held.id) + '.'
  END AS why
ORDER BY weight DESC, id
LIMIT $k;
