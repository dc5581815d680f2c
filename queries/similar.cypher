// Items like one item, by the relationships that lead from it.
//
// item  id of an item, a text
// k     how many
//
// | id       | title        | walked | relationship | why                                  |
// | '981760' | 'Eggs - X-…' | 0.41   | CO_PURCHASED | 'Taken together with Fluid Milk Wh…' |

:param {item: '995242', k: 10};

CYPHER 5
OPTIONAL MATCH (held:Item {id: toString($item)})
OPTIONAL CALL (held) {
  MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
  WHERE item.id IS NOT NULL
  RETURN item, sum(near.weight) AS walked, min(type(near)) AS relationship
  ORDER BY walked DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  walked,
  relationship,
  CASE
    WHEN held IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "No relationship leads from it. Derive: basketweave derive."
    WHEN relationship = 'FOLLOWED_BY'
      THEN "Taken after " + coalesce(held.title, held.id) + "."
    ELSE "Taken together with " + coalesce(held.title, held.id) + "."
  END AS why
ORDER BY walked DESC, id;
