// Items for one user: graph walk, learned vectors, own repeats and popularity in one
// score, with its parts and the path that explains each row.
//
// In Neo4j Browser, run these lines first (null: as published with the blend):
// :param user => '1'
// :param k => 10
// :param known => 'any'
// :param weights => null
// :param settings => null
// :param session => []
// :param asOf => null
// :param where => {}
//
// known     'new': not bought before, 'again': only bought before, 'any': both
// weights   e.g. {repeat: .5, graph: .3, gnn: .1, popularity: .1}
// session   items in the basket now: [{id: '96', weight: 1.0}]; user may then be null
// where     rules, e.g. {brands: ['2'], price: [null, 5.0], perBrand: 2}
//
// | item   | title        | score | repeat | graph | gnn | popularity | path …
// | 995242 | MILK 1 GA    | 0.91  | 1.0    | 0.7   | …

OPTIONAL MATCH (blend:Model {name: 'blend_' + $known, status: 'live'})
OPTIONAL MATCH (encoder:Model {part: 'gnn', status: 'live'})
OPTIONAL MATCH (user:User {id: $user})
WITH
  user,
  encoder,
  coalesce($settings, properties(blend)) AS s,
  coalesce($weights, properties(blend)) AS w
WHERE user IS NOT NULL OR $user IS NULL

// What the user bought, each item with its recency-weighted frequency.
CALL (user, s) {
  MATCH (user)-[bought:PURCHASED]->(item:Item)
  WITH item, [t IN bought.times WHERE $asOf IS NULL OR t <= $asOf] AS times
  WHERE size(times) > 0
  WITH collect([item, times]) AS all, max(times[-1]) AS last
  UNWIND all AS one
  WITH one[0] AS item, last, one[1] AS times
  RETURN
    item,
    reduce(f = 0.0, t IN times | f + 0.5 ^ ((last - t) / s.halfLife)) AS repeat,
    reduce(f = 0.0, t IN times | f + 0.5 ^ ((last - t) / s.walkHalfLife)) AS pull
UNION ALL
  UNWIND $session AS one
  MATCH (item:Item {id: one.id})
  RETURN item, 0.0 AS repeat, toFloat(one.weight) AS pull
}
RETURN 1
