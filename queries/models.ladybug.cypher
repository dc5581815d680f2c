// Which models and blends are published, and which of them are live.
//
// | name     | version | kind      | part  | status | servedSince  | asOf       | … |
// | 'filter' | 2       | 'encoder' | 'gnn' | 'live' | '2026-11-21' | 1512360080 | … |

MATCH (model:Model)
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
  model.weights AS numbers
ORDER BY name, version DESC;
