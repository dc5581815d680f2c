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

CYPHER 5
OPTIONAL MATCH (item:Item {id: toString($item)})
OPTIONAL CALL (item) {
  MATCH (item)<-[near:CO_PURCHASED|FOLLOWED_BY]-(held:Item)
  WITH item, held, sum(near.weight) AS weight
  ORDER BY weight DESC, held.id
  LIMIT 10
  MATCH (held)<-[:PURCHASED]-(user:User)
  WITH item, user, sum(weight) AS strength, collect(held) AS because
  ORDER BY strength DESC, user.id
  WITH item, user, strength, because // so ordered, few are asked whether they had it
  WHERE user.id IS NOT NULL AND NOT EXISTS { (user)-[:PURCHASED]->(item) }
  RETURN user, strength, [held IN because | coalesce(held.title, held.id)] AS because
  LIMIT toInteger($k)
}
RETURN
  user.id AS id,
  strength,
  because[..3] AS because,
  CASE
    WHEN item IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN user IS NULL THEN "All who had what leads to it had it too, or nothing leads there."
    ELSE "Had " + because[0] + CASE size(because)
      WHEN 1 THEN "."
      ELSE " and " + (size(because) - 1) + " more that are taken with it."
    END
  END AS why
ORDER BY strength DESC, id;
