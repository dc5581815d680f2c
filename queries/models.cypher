// Which models and blends are published, and which of them are live.
//
// In Neo4j Browser it needs no parameters.
//
// asOf is the Unix second up to which a model saw events, null where it saw all; the
// numbers of a blend are its weights and constants, each a property of the node.
//
// | name     | version | kind      | part  | status | trainedAt    | asOf       | numbers |
// | 'filter' | 2       | 'encoder' | 'gnn' | 'live' | '2026-11-21' | 1512360080 | []      |

CYPHER 5
MATCH (model:Model)
WHERE model.kind IN ['encoder', 'blend']
RETURN
  model.name AS name,
  model.version AS version,
  model.kind AS kind,
  CASE model.kind WHEN 'encoder' THEN model.part END AS part,
  model.status AS status,
  model.trainedAt AS trainedAt,
  model.asOf AS asOf,
  model.metrics AS metrics,
  [name IN model.weights | name + ': ' + toStringOrNull(model[name])] AS numbers
ORDER BY name, version DESC;
