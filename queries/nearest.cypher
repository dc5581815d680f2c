// Items like one item, by the live vectors of a model: the nearest by cosine.
//
// In Neo4j Browser, run these lines first:
// :param item => '995242'
// :param k => 10
// :param model => 'filter'
//
// | id       | title                           | cosine |
// | '981760' | 'Eggs - X-Large, 1 DZ (Private)' | 0.87   |

CYPHER 5
MATCH (held:Item {id: $item})
MATCH (model:Model {name: $model, kind: 'encoder', status: 'live'})
WITH held, model.index AS index, held[model.property] AS vector
WHERE vector IS NOT NULL
CALL db.index.vector.queryNodes(index, toInteger($k) + 1, vector) YIELD node AS item, score
WHERE item <> held AND item.id IS NOT NULL
RETURN
  item.id AS id,
  item.title AS title,
  2 * score - 1 AS cosine
ORDER BY cosine DESC, id
LIMIT toInteger($k);
