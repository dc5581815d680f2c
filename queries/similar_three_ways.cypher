// Items like one item, by relationships, by content and by vectors, side by side.
//
// item   id of an item, a text
// model  name of an encoder; null: the one that serves the part gnn
// k      how many each way
//
// | id       | title         | byGraph | byContent | byVectors | why                       |
// | '981760' | 'Eggs - X-L…' | 3       | null      | 1         | 'By graph and by vectors' |

:param {item: '995242', model: null, k: 5};

CYPHER 5
OPTIONAL MATCH (held:Item {id: toString($item)})
OPTIONAL CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  WHERE model.name = $model OR $model IS NULL AND model.part = 'gnn'
  RETURN model
  ORDER BY coalesce(model.servedSince, model.trainedAt) DESC, model.name DESC
  LIMIT 1
}
CALL (held) {
  MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
  WHERE item.id IS NOT NULL
  WITH item, sum(near.weight) AS walked
  ORDER BY walked DESC, item.id
  LIMIT toInteger($k)
  RETURN collect(item) AS walked
}
CALL (held) {
  MATCH (held)-[:IN_CATEGORY|MADE_BY]->(trait)
  WITH held, trait, COUNT { (trait)<-[:IN_CATEGORY|MADE_BY]-() } AS items
  WHERE items <= 5000
  MATCH (trait)<-[:IN_CATEGORY|MADE_BY]-(item:Item)
  WHERE item <> held AND item.id IS NOT NULL
  WITH item, sum(1 / log(1 + items)) AS likeness
  ORDER BY likeness DESC, coalesce(item.popularity, 0) DESC, item.id
  LIMIT toInteger($k)
  RETURN collect(item) AS alike
}
CALL (held, model) {
  WITH held, model.index AS index, held[model.property] AS vector
  WHERE vector IS NOT NULL
  CALL db.index.vector.queryNodes(index, toInteger($k) + 1, vector) YIELD node AS item, score
  WHERE item <> held AND item.id IS NOT NULL
  WITH item, score
  ORDER BY score DESC, item.id
  LIMIT toInteger($k)
  RETURN collect(item) AS near
}
OPTIONAL CALL (walked, alike, near) {
  UNWIND walked + alike + near AS item
  WITH DISTINCT
    item,
    head([n IN range(1, size(walked)) WHERE walked[n - 1] = item | n]) AS byGraph,
    head([n IN range(1, size(alike)) WHERE alike[n - 1] = item | n]) AS byContent,
    head([n IN range(1, size(near)) WHERE near[n - 1] = item | n]) AS byVectors
  RETURN item, byGraph, byContent, byVectors
}
WITH
  held, item, byGraph, byContent, byVectors,
  [way IN [
    CASE WHEN byGraph IS NOT NULL THEN 'by graph' END,
    CASE WHEN byContent IS NOT NULL THEN 'by content' END,
    CASE WHEN byVectors IS NOT NULL THEN 'by vectors' END
  ] WHERE way IS NOT NULL] AS ways
RETURN
  item.id AS id,
  item.title AS title,
  byGraph,
  byContent,
  byVectors,
  CASE
    WHEN held IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "It has no relationships, no category and no vector."
    ELSE "Near " + reduce(told = ways[0], way IN ways[1..] | told + ", " + way) + "."
  END AS why
ORDER BY size(ways) DESC, coalesce(byGraph, byContent, byVectors), id;
