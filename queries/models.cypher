// Which models and blends are published, and which of them are live.
//
// Of several live encoders of a part the one with the latest servedSince serves. asOf is
// the Unix second up to which a model saw events; metrics stand as JSON, and each number
// is a property of its own too, such as validationNDCG10. The numbers of a blend are its
// weights and constants, each a property; while it is stale, another version serves a
// part than the one it was learnedWith, and the default weights are used.
//
// | name     | version | kind      | part  | status | servedSince  | asOf       | … |
// | 'filter' | 2       | 'encoder' | 'gnn' | 'live' | '2026-11-21' | 1512360080 | … |

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
  model.servedSince AS servedSince,
  model.asOf AS asOf,
  model.metrics AS metrics,
  model.learnedWith AS learnedWith,
  model.stale AS stale,
  [name IN model.weights | name + ': ' + toStringOrNull(model[name])] AS numbers
ORDER BY name, version DESC;
