// What goes with the items of a basket, by the relationships that lead from them.
//
// items  ids of the items in the basket, texts
// k      how many
//
// | id       | title              | strength | because             | why                  |
// | '866211' | 'Bananas, 40 LB …' | 0.31     | ['Fluid Milk Whit…' | 'Goes with 2 items.' |

:param {items: ['995242', '981760'], k: 10};

CYPHER 5
OPTIONAL CALL () {
  MATCH (one:Item)
  WHERE one.id IN [id IN $items | toString(id)]
  RETURN collect(one) AS held
}
OPTIONAL CALL (held) {
  UNWIND held AS one
  MATCH (one)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
  WHERE item.id IS NOT NULL AND NOT item IN held
  WITH item, one, sum(near.weight) AS weight
  ORDER BY weight DESC, one.id
  WITH item, sum(weight) AS strength, collect(coalesce(one.title, one.id)) AS because
  RETURN item, strength, because
  ORDER BY strength DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  because,
  CASE
    WHEN held = [] THEN "There are no such items. Ids are texts, such as ['1', '2']."
    WHEN item IS NULL THEN "Nothing leads on from these items."
    WHEN size(because) = 1 THEN "Goes with " + because[0] + "."
    ELSE "Goes with " + size(because) + " of these items."
  END AS why
ORDER BY strength DESC, id;
