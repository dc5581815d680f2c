// Groups of items that are bought together: each around the most popular one of them.
//
// among  how many of the most popular items are put into groups
// k      how many groups
//
// Each item joins the most popular item among itself and its three strongest neighbours
// by CO_PURCHASED. For whole communities take a graph algorithm, such as Louvain of Neo4j
// Graph Data Science, over the same relationships.
//
// | id       | title              | items | members              | why                   |
// | '866211' | 'Bananas, 40 LB …' | 41    | ['Strawberries', …]  | '41 items join it.'   |

:param {among: 200, k: 10};

CYPHER 5
OPTIONAL CALL () {
  MATCH (item:Item)
  WHERE item.popularity > 0 AND item.id IS NOT NULL
  WITH item
  ORDER BY item.popularity DESC
  LIMIT toInteger($among)
  CALL (item) {
    MATCH (item)-[near:CO_PURCHASED]->(other:Item)
    WITH item, other
    ORDER BY near.weight DESC, other.id
    LIMIT 3
    WITH item, other
    WHERE other.popularity > item.popularity
    RETURN other
    ORDER BY other.popularity DESC, other.id
    LIMIT 1
  UNION ALL
    RETURN item AS other
  }
  WITH item, collect(other)[0] AS centre
  WITH centre, item
  ORDER BY item.popularity DESC, item.id
  WITH centre, collect(item) AS members
  WHERE size(members) > 1
  RETURN centre, members
  ORDER BY size(members) DESC, centre.id
  LIMIT toInteger($k)
}
RETURN
  centre.id AS id,
  centre.title AS title,
  size(members) AS items,
  [item IN members WHERE item <> centre | coalesce(item.title, item.id)][..5] AS members,
  CASE
    WHEN centre IS NULL THEN "Nothing is bought together. Derive: basketweave derive."
    ELSE size(members) + " items are bought around it."
  END AS why
ORDER BY items DESC, id;
