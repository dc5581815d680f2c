// Whether vectors and relationships call the same items near: their overlap, item by item.
//
// model  name of an encoder; null: the one that serves the part gnn
// among  how many of the most popular items are looked at
// k      how many neighbours each way
//
// | id       | title         | byGraph | byVectors | both | overlap | why                  |
// | '995242' | 'Fluid Milk…' | 10      | 10        | 6    | 0.43    | '6 of 10 by vectors… |

:param {model: null, among: 10, k: 10};

CYPHER 5
OPTIONAL CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  WHERE model.name = $model OR $model IS NULL AND model.part = 'gnn'
  RETURN model
  ORDER BY coalesce(model.servedSince, model.trainedAt) DESC, model.name DESC
  LIMIT 1
}
OPTIONAL CALL (model) {
  MATCH (held:Item)
  WHERE held.popularity > 0 AND model IS NOT NULL
  WITH held, model
  ORDER BY held.popularity DESC
  LIMIT toInteger($among)
  CALL (held) {
    MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item:Item)
    WITH item, sum(near.weight) AS walked
    ORDER BY walked DESC, item.id
    LIMIT toInteger($k)
    RETURN collect(item) AS walked
  }
  CALL (held, model) {
    WITH held, model.index AS index, held[model.property] AS vector
    WHERE vector IS NOT NULL
    CALL db.index.vector.queryNodes(index, toInteger($k) + 1, vector) YIELD node AS item, score
    WHERE item <> held
    WITH item, score
    ORDER BY score DESC, item.id
    LIMIT toInteger($k)
    RETURN collect(item) AS near
  }
  RETURN held, walked, near, size([item IN walked WHERE item IN near]) AS both
}
RETURN
  held.id AS id,
  held.title AS title,
  size(walked) AS byGraph,
  size(near) AS byVectors,
  both,
  CASE WHEN size(walked) + size(near) > 0
    THEN toFloat(both) / (size(walked) + size(near) - both) END AS overlap,
  CASE
    WHEN model IS NULL THEN "No such vectors are live: basketweave models"
    WHEN held IS NULL THEN "No item is popular. Derive: basketweave derive."
    ELSE both + " of " + size(near) + " by vectors are neighbours in the graph too."
  END AS why
ORDER BY held.popularity DESC, id;
