// Items like one item, by the live vectors of a model: the nearest by cosine.
//
// item   id of an item, a text
// model  name of an encoder; null: the one that serves the part gnn
// k      how many
//
// | id       | title                            | cosine | why                            |
// | '981760' | 'Eggs - X-Large, 1 DZ (Private)' | 0.87   | 'Near to Milk by filter_v1: 0… |

:param {item: '995242', model: null, k: 10};

CYPHER 5
OPTIONAL MATCH (held:Item {id: toString($item)})
OPTIONAL CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  WHERE model.name = $model OR $model IS NULL AND model.part = 'gnn'
  RETURN model
  ORDER BY coalesce(model.servedSince, model.trainedAt) DESC, model.name DESC
  LIMIT 1
}
OPTIONAL CALL (held, model) {
  WITH held, model.index AS index, held[model.property] AS vector
  WHERE vector IS NOT NULL
  CALL db.index.vector.queryNodes(index, toInteger($k) + 1, vector) YIELD node AS item, score
  WHERE item <> held AND item.id IS NOT NULL
  RETURN item, 2 * score - 1 AS cosine
  ORDER BY cosine DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  cosine,
  CASE
    WHEN held IS NULL THEN "There is no such item. Ids are texts, such as '1'."
    WHEN model IS NULL THEN "No such vectors are live: basketweave models"
    WHEN item IS NULL THEN "It has no vector of " + model.name + "_v" + model.version + "."
    ELSE "Near to " + coalesce(held.title, held.id) + " by " + model.name + "_v" + model.version + "."
  END AS why
ORDER BY cosine DESC, id;
