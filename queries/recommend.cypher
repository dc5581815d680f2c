// Items for one user: graph walk, learned vectors, own repeats and popularity in one
// score, with its parts and the path that explains each row.
//
// In Neo4j Browser, run these lines first:
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
// weights   such as {repeat: 0.6, graph: 0.3, popularity: 0.1}, and
// settings  such as {power: 0.3}; null: those published with the blend
// session   items held now, such as [{id: '995242', weight: 1.0}]; user may be null
// asOf      Unix second; later purchases do not count
// where     rules: categories, notCategories, brands, notBrands, exclude (lists of
//           ids), lowest, highest (price), inStock, perBrand, perCategory
//
// | id       | title        | score | repeat | graph | gnn  | popularity | path  |
// | '995242' | 'Fluid Milk' | 0.81  | 1.0    | 0.62  | 0.7  | 0.34       | (…)   |

OPTIONAL MATCH (user:User {id: $user})
OPTIONAL MATCH (blend:Model {name: 'blend_' + $known, status: 'live'})
OPTIONAL MATCH (dataset:Dataset)
WITH
  user,
  coalesce($asOf, dataset.lastAt, 0) AS now,
  coalesce($weights, properties(blend), {graph: 0.7, popularity: 0.3}) AS w,
  coalesce($settings, properties(blend), {}) AS s
WHERE user IS NOT NULL OR $user IS NULL
WITH
  user,
  now,
  w,
  toFloat(coalesce(s.fast, 1728000)) AS fast,
  toFloat(coalesce(s.middle, 6912000)) AS middle,
  toFloat(coalesce(s.slow, 27648000)) AS slow,
  toFloat(coalesce(s.rest, 604800)) AS rest,
  toFloat(coalesce(s.walkHalfLife, 7776000)) AS walkHalfLife,
  toInteger(coalesce(s.history, 100)) AS history,
  toFloat(coalesce(s.together, 1)) AS together,
  toFloat(coalesce(s.follows, 1)) AS follows,
  toInteger(coalesce(s.walked, 300)) AS walked,
  toInteger(coalesce(s.neighbours, 300)) AS neighbours,
  toInteger(coalesce(s.popular, 300)) AS popular,
  toFloat(coalesce(s.power, 1)) AS power
OPTIONAL MATCH (encoder:Model {part: 'gnn', status: 'live', kind: 'encoder'})

// What the user bought: `repeat` from the times (see docs/blend.md), and the last one.
CALL (user, now, fast, middle, slow, rest) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
  WITH item, bought.times AS all
  WITH item, CASE WHEN $asOf IS NULL THEN all ELSE [t IN all WHERE t <= $asOf] END AS times
  WHERE size(times) > 0
  WITH
    item,
    times[-1] AS last,
    toFloat(times[-1] - times[0]) / CASE WHEN size(times) > 1 THEN size(times) - 1 ELSE 1 END AS gap,
    reduce(f = 0.0, t IN times |
      f + 0.2 / fast * 0.5 ^ ((now - t) / fast)
        + 1.0 / middle * 0.5 ^ ((now - t) / middle)
        + 2.0 / slow * 0.5 ^ ((now - t) / slow)) AS habit
  RETURN collect({
    item: item,
    last: last,
    repeat: habit * coalesce(item.rebuy, 1.0) ^ 0.4 / (1 + 0.2 * (now - last) / (gap + rest))
  }) AS had
}

// Where the walk starts: the latest items of the history, then those of the session.
CALL (had, history, walkHalfLife) {
  UNWIND had AS one
  WITH one, one.item AS item
  ORDER BY one.last DESC, item.id
  LIMIT history
  WITH collect(one) AS latest
  RETURN [one IN latest | {
    item: one.item, weight: 0.5 ^ ((latest[0].last - one.last) / walkHalfLife)
  }] AS fromHistory
}
CALL () {
  UNWIND $session AS one
  MATCH (item:Item {id: one.id})
  RETURN collect({item: item, weight: toFloat(one.weight)}) AS fromSession
}
WITH *, fromHistory + fromSession AS starts

// The vector to search with: the user's own, or that of what they hold.
WITH
  *,
  CASE
    WHEN encoder IS NULL THEN null
    WHEN user[encoder.property] IS NOT NULL THEN user[encoder.property]
    WHEN size(starts) = 0 THEN null
    ELSE [d IN range(0, encoder.dim - 1) | reduce(
      sum = 0.0, one IN starts | sum + one.weight * coalesce(one.item[encoder.property][d], 0.0)
    )]
  END AS vector

// All that may be offered: what each branch found, one row an item.
CALL (had, starts, vector, encoder, together, follows, neighbours, popular) {
  UNWIND had AS one
  WITH one.item AS item, one.repeat AS repeat
  RETURN item, repeat, 0.0 AS graph, [0.0, null] AS via, true AS kept
UNION ALL
  UNWIND starts AS one
  WITH one.item AS held, one.weight AS weight
  MATCH (held)-[near:CO_PURCHASED|FOLLOWED_BY]->(item)
  WITH
    item,
    held,
    weight * near.weight * CASE type(near) WHEN 'CO_PURCHASED' THEN together ELSE follows END AS strength,
    near
  RETURN item, 0.0 AS repeat, sum(strength) AS graph, max([strength, elementId(near)]) AS via, false AS kept
UNION ALL
  WITH vector, encoder, neighbours
  WHERE vector IS NOT NULL
  CALL db.index.vector.queryNodes(encoder.index, neighbours, vector) YIELD node, score
  RETURN node AS item, 0.0 AS repeat, 0.0 AS graph, [0.0, null] AS via, true AS kept
UNION ALL
  MATCH (item:Item)
  WHERE item.popularity > 0
  WITH item, popular
  ORDER BY item.popularity DESC, item.id
  LIMIT 300
  RETURN item, 0.0 AS repeat, 0.0 AS graph, [0.0, null] AS via, true AS kept
}
RETURN count(*)
