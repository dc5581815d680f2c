// Items like one item, by the relationships that lead from it (embedded store).
//
// Parameters: item (its id), k.

MATCH (held:Item {id: $item})-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
RETURN
  item.id AS id,
  sum(near.weight) AS walked,
  min(label(near)) AS relationship
ORDER BY walked DESC, id
LIMIT $k;
