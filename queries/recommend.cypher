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
// :param vectors => {}
// :param asOf => null
// :param where => {}
//
// known     'new': not bought before, 'again': only bought before, 'any': both
// weights   such as {repeat: 0.6, graph: 0.3, popularity: 0.1}, and
// settings  such as {power: 0.3}; null: those published with the blend
// session   items held now, such as [{id: '995242', weight: 1.0}]; user may be null
// vectors   such as {sequence: [0.1, …]}, from a model that read the session, in place of
//           the user's vector or the sum of those that the walk starts from
// asOf      Unix second; later purchases do not count
// where     rules: categories, notCategories, brands, notBrands, exclude (lists of
//           ids), lowest, highest (price), inStock, perBrand, perCategory
//
// | id        | title             | score | raw              | value          | path |
// | '1082185' | 'Bananas, 40 LB…' | 0.90  | {repeat: 2.6e-6… | {repeat: 0.96… | (…)  |
//
// An unknown user gives no row, one without any candidates a row of nulls. What each
// part is, and a score recomputed by hand, is in docs/blend.md.

CALL () {
  MATCH (item:Item)
  WHERE item.popularity > 0 AND $known <> 'again'
  WITH item
  ORDER BY item.popularity DESC, item.id
  LIMIT toInteger(coalesce($settings.popular, 1000)) // a LIMIT takes no variable
  RETURN collect(item) AS popular
}
OPTIONAL MATCH (user:User {id: $user})
OPTIONAL MATCH (published:Model {name: 'blend_' + $known, status: 'live'})
WHERE NOT coalesce(published.stale, false) // learned for what serves no more
OPTIONAL MATCH (dataset:Dataset)
WITH
  popular,
  user,
  coalesce($asOf, dataset.lastAt, 0) AS now,
  coalesce($weights, properties(published), CASE $known
    WHEN 'any' THEN {repeat: 0.5, graph: 0.3, popularity: 0.2}
    WHEN 'again' THEN {repeat: 1.0}
    ELSE {graph: 0.7, popularity: 0.3}
  END) AS given,
  coalesce($settings, properties(published), {}) AS s
WHERE user IS NOT NULL OR $user IS NULL
WITH
  popular,
  user,
  now,
  {
    repeat: coalesce(given.repeat, 0.0),
    graph: coalesce(given.graph, 0.0),
    gnn: coalesce(given.gnn, 0.0),
    sequence: coalesce(given.sequence, 0.0),
    content: coalesce(given.content, 0.0),
    popularity: coalesce(given.popularity, 0.0)
  } AS w,
  {
    fast: toFloat(coalesce(s.fast, 1728000)),
    middle: toFloat(coalesce(s.middle, 6912000)),
    slow: toFloat(coalesce(s.slow, 27648000)),
    rest: toFloat(coalesce(s.rest, 604800)),
    walkHalfLife: toFloat(coalesce(s.walkHalfLife, 7776000)),
    history: toInteger(coalesce(s.history, 100)),
    together: toFloat(coalesce(s.together, 1)),
    follows: toFloat(coalesce(s.follows, 1)),
    walked: toInteger(coalesce(s.walked, 150)),
    neighbours: toInteger(coalesce(s.neighbours, 100)),
    popular: toInteger(coalesce(s.popular, 100)),
    scaled: coalesce(s.scaled, 1) <> 0,
    power: toFloat(coalesce(s.power, 1))
  } AS s

// What the user bought, the latest first, and its `repeat`.
CALL (*) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
  WITH item, CASE
    WHEN $asOf IS NULL THEN bought.times
    ELSE [t IN bought.times WHERE t <= $asOf]
  END AS times
  WHERE size(times) > 0
  WITH
    item,
    min(times[0]) AS first,
    max(times[-1]) AS last,
    sum(size(times)) AS count,
    sum(CASE $known WHEN 'new' THEN 0.0 ELSE reduce(
      habit = 0.0, t IN times | habit
        + 0.2 / s.fast * 0.5 ^ ((now - t) / s.fast)
        + 1.0 / s.middle * 0.5 ^ ((now - t) / s.middle)
        + 2.0 / s.slow * 0.5 ^ ((now - t) / s.slow)
    ) END) AS habit
  WITH
    item,
    last,
    habit,
    toFloat(last - first) / CASE count WHEN 1 THEN 1 ELSE count - 1 END AS gap
  ORDER BY last DESC, item.id
  RETURN collect({
    item: item,
    last: last,
    repeat: habit * coalesce(item.rebuy, 1.0) ^ 0.4
      / (1 + 0.2 * (now - last) / (gap + s.rest))
  }) AS had
}

// Where the walk starts: the latest of these, and what is held now.
CALL () {
  UNWIND $session AS one
  MATCH (item:Item {id: one.id})
  RETURN collect({item: item, pull: toFloat(one.weight)}) AS session
}
WITH
  *,
  [one IN session | one.item] AS held,
  session + [one IN had[..s.history] | {
    item: one.item,
    pull: 0.5 ^ ((had[0].last - one.last) / s.walkHalfLife)
  }] AS starts

// Which vectors are live, and with what to search them: the one given for the part, the
// user's own, or the sum of those that the walk starts from. Parts without weight are left out: they cost
// the most and change nothing.
CALL (user, starts, w) {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  WHERE w[model.part] > 0
  WITH model
  ORDER BY coalesce(model.servedSince, model.trainedAt), model.name // the last of several
  WITH model.part AS part, collect(model)[-1] AS model
  WITH part, model.property AS property, model.index AS index, model.dim AS dim
  WITH *, CASE
    WHEN $vectors[part] IS NOT NULL THEN [{pull: 1.0, vector: $vectors[part]}]
    WHEN user[property] IS NOT NULL THEN [{pull: 1.0, vector: user[property]}]
    ELSE [one IN starts WHERE one.item[property] IS NOT NULL |
      {pull: one.pull, vector: one.item[property]}]
  END AS known
  WITH *, CASE size(known)
    WHEN 0 THEN []
    WHEN 1 THEN known[0].vector
    ELSE [d IN range(0, dim - 1) |
      reduce(sum = 0.0, one IN known | sum + one.pull * one.vector[d])]
  END AS vector
  WHERE any(x IN vector WHERE x <> 0)
  RETURN collect({part: part, property: property, index: index, vector: vector}) AS live
}
WITH
  *,
  head([one IN live WHERE one.part = 'gnn']) AS gnnModel,
  head([one IN live WHERE one.part = 'sequence']) AS sequenceModel,
  head([one IN live WHERE one.part = 'content']) AS contentModel

// The categories that the rules name, and all below them.
CALL () {
  UNWIND $where.categories AS id
  MATCH (:Category {id: id})<-[:SUBCATEGORY_OF*0..6]-(below)
  RETURN collect(DISTINCT below) AS inside
}
CALL () {
  UNWIND $where.notCategories AS id
  MATCH (:Category {id: id})<-[:SUBCATEGORY_OF*0..6]-(below)
  RETURN collect(DISTINCT below) AS outside
}

// All that may be offered, and what the walk gives each.
CALL (*) {
  CALL (*) {
    UNWIND had AS one
    RETURN one.item AS item, one.repeat AS repeat, 0.0 AS strength, 1 AS found
  UNION ALL
    UNWIND live AS one
    WITH one
    WHERE $known <> 'again'
    // The index searches approximately: asked for 100 more, it misses fewer of the first.
    CALL db.index.vector.queryNodes(one.index, s.neighbours + 100, one.vector)
    YIELD node, score
    WITH one, node, score
    ORDER BY score DESC, node.id
    WITH one, collect(node) AS nearest
    UNWIND nearest[..s.neighbours] AS item
    RETURN item, null AS repeat, 0.0 AS strength, 1 AS found
  UNION ALL
    UNWIND popular[..s.popular] AS item
    RETURN item, null AS repeat, 0.0 AS strength, 1 AS found
  UNION ALL
    UNWIND starts AS start
    WITH start.item AS from, start.pull * s.together AS pull
    WHERE pull > 0
    MATCH (from)-[near:CO_PURCHASED]->(item)
    RETURN item, null AS repeat, pull * near.weight AS strength, null AS found
  UNION ALL
    UNWIND starts AS start
    WITH start.item AS from, start.pull * s.follows AS pull
    WHERE pull > 0
    MATCH (from)-[near:FOLLOWED_BY]->(item)
    RETURN item, null AS repeat, pull * near.weight AS strength, null AS found
  }
  WITH
    item,
    max(repeat) AS repeat,
    sum(strength) AS graph,
    count(found) AS found
  WHERE NOT item IN held
    AND CASE $known
      WHEN 'new' THEN repeat IS NULL
      WHEN 'again' THEN repeat IS NOT NULL
      ELSE true
    END
    AND CASE size(keys($where))
      WHEN 0 THEN true
      ELSE ($where.lowest IS NULL OR item.price >= $where.lowest)
        AND ($where.highest IS NULL OR item.price <= $where.highest)
        AND ($where.inStock IS NULL OR item.inStock)
        AND ($where.exclude IS NULL OR NOT item.id IN $where.exclude)
        AND ($where.brands IS NULL OR EXISTS {
          (item)-[:MADE_BY]->(brand:Brand) WHERE brand.id IN $where.brands
        })
        AND ($where.notBrands IS NULL OR NOT EXISTS {
          (item)-[:MADE_BY]->(brand:Brand) WHERE brand.id IN $where.notBrands
        })
        AND ($where.categories IS NULL OR EXISTS {
          (item)-[:IN_CATEGORY]->(category) WHERE category IN inside
        })
        AND ($where.notCategories IS NULL OR NOT EXISTS {
          (item)-[:IN_CATEGORY]->(category) WHERE category IN outside
        })
    END
  RETURN collect({item: item, repeat: repeat, graph: graph, found: found}) AS reached
}

// Of what only the walk has found, the best (and their equals) are candidates.
CALL (s, reached) {
  UNWIND reached AS one
  WITH one.graph AS graph
  ORDER BY graph DESC
  LIMIT toInteger(coalesce($settings.walked, 1000))
  RETURN collect(graph) AS best
}
WITH *, coalesce(best[s.walked - 1], 0.0) * 0.999999 AS farthest

// The parts of each candidate, and their bounds.
CALL (*) {
  UNWIND reached AS one
  WITH one.item AS item, one.repeat AS repeat, one.graph AS graph, one.found AS found
  WHERE found > 0 OR graph > 0 AND graph >= farthest
  WITH
    item,
    repeat IS NOT NULL AS bought,
    coalesce(repeat, 0.0) AS repeat,
    graph,
    CASE WHEN gnnModel IS NOT NULL THEN coalesce(2 * vector.similarity.cosine(
      item[gnnModel.property], gnnModel.vector) - 1, 0.0) END AS gnn,
    CASE WHEN sequenceModel IS NOT NULL THEN coalesce(2 * vector.similarity.cosine(
      item[sequenceModel.property], sequenceModel.vector) - 1, 0.0) END AS sequence,
    CASE WHEN contentModel IS NOT NULL THEN coalesce(2 * vector.similarity.cosine(
      item[contentModel.property], contentModel.vector) - 1, 0.0) END AS content,
    coalesce(item.popularity, 0.0) AS popularity
  RETURN
    collect({item: item, bought: bought, raw: {
      repeat: repeat,
      graph: graph,
      gnn: gnn,
      sequence: sequence,
      content: content,
      popularity: popularity
    }}) AS candidates,
    {gnn: min(gnn), sequence: min(sequence), content: min(content)} AS least,
    {
      repeat: max(repeat),
      graph: max(graph),
      gnn: max(gnn) - min(gnn),
      sequence: max(sequence) - min(sequence),
      content: max(content) - min(content),
      popularity: max(popularity)
    } AS range
}

WITH
  *,
  CASE WHEN s.scaled THEN least ELSE {gnn: 0, sequence: 0, content: 0} END AS low,
  CASE WHEN s.scaled THEN range
    ELSE {repeat: 1, graph: 1, gnn: 1, sequence: 1, content: 1, popularity: 1}
  END AS span

// Each part from 0 to 1, and their weighted sum: the best k, unless at most so many of
// a brand or category are wanted.
CALL (candidates, low, span, w, s) {
  UNWIND candidates AS one
  WITH one, one.raw AS raw
  WITH
    one,
    raw,
    CASE WHEN raw.repeat > 0 THEN (raw.repeat / span.repeat) ^ s.power
      ELSE 0.0 END AS repeat,
    CASE WHEN raw.graph > 0 THEN (raw.graph / span.graph) ^ s.power
      ELSE 0.0 END AS graph,
    CASE WHEN raw.gnn > low.gnn THEN ((raw.gnn - low.gnn) / span.gnn) ^ s.power
      ELSE 0.0 END AS gnn,
    CASE WHEN raw.sequence > low.sequence
      THEN ((raw.sequence - low.sequence) / span.sequence) ^ s.power ELSE 0.0 END AS sequence,
    CASE WHEN raw.content > low.content
      THEN ((raw.content - low.content) / span.content) ^ s.power ELSE 0.0 END AS content,
    CASE WHEN raw.popularity > 0 THEN (raw.popularity / span.popularity) ^ s.power
      ELSE 0.0 END AS popularity
  WITH *, (
    w.repeat * repeat + w.graph * graph + w.gnn * gnn + w.sequence * sequence
    + w.content * content + w.popularity * popularity
  ) / (w.repeat + w.graph + w.gnn + w.sequence + w.content + w.popularity) AS score
  ORDER BY toInteger(score * 1e12) DESC, one.item.id
  LIMIT CASE
    WHEN $where.perBrand IS NULL AND $where.perCategory IS NULL THEN toInteger($k)
    ELSE 1000000
  END
  WITH {item: one.item, bought: one.bought, score: score, raw: raw, value: {
    repeat: repeat,
    graph: graph,
    gnn: CASE WHEN raw.gnn IS NOT NULL THEN gnn END,
    sequence: CASE WHEN raw.sequence IS NOT NULL THEN sequence END,
    content: CASE WHEN raw.content IS NOT NULL THEN content END,
    popularity: popularity
  }} AS row

  WITH row, row.item AS item
  WITH row, CASE WHEN $where.perBrand IS NOT NULL THEN head(COLLECT {
    MATCH (item)-[:MADE_BY]->(brand:Brand)
    RETURN brand.id AS id
    ORDER BY id
    LIMIT 1
  }) END AS brand
  WITH brand, collect(row) AS rows
  UNWIND CASE WHEN brand IS NULL THEN rows ELSE rows[..$where.perBrand] END AS row
  WITH row, row.item AS item
  ORDER BY toInteger(row.score * 1e12) DESC, item.id
  WITH row, CASE WHEN $where.perCategory IS NOT NULL THEN head(COLLECT {
    MATCH (item)-[:IN_CATEGORY]->(category:Category)
    RETURN category.id AS id
    ORDER BY id
    LIMIT 1
  }) END AS category
  WITH category, collect(row) AS rows
  UNWIND CASE WHEN category IS NULL THEN rows ELSE rows[..$where.perCategory] END AS row
  WITH row, row.item AS item
  ORDER BY toInteger(row.score * 1e12) DESC, item.id
  RETURN collect(row)[..$k] AS ranked
}

// The step of the walk that gave most to each of them that is new to the user.
CALL (*) {
  WITH [row IN ranked WHERE NOT row.bought | row.item] AS wanted
  CALL (*) {
    UNWIND starts AS start
    WITH wanted, start.item AS from, start.pull * s.together AS pull
    WHERE pull > 0 AND size(wanted) > 0
    MATCH (from)-[near:CO_PURCHASED]->(item)
    WHERE item IN wanted
    RETURN item, near, pull * near.weight AS strength
  UNION ALL
    UNWIND starts AS start
    WITH wanted, start.item AS from, start.pull * s.follows AS pull
    WHERE pull > 0 AND size(wanted) > 0
    MATCH (from)-[near:FOLLOWED_BY]->(item)
    WHERE item IN wanted
    RETURN item, near, pull * near.weight AS strength
  }
  WITH item, near, strength
  ORDER BY strength DESC, startNode(near).id, type(near)
  WHERE strength > 0
  WITH item, head(collect(near)) AS near
  RETURN collect({item: item, near: near}) AS steps
}
UNWIND CASE size(ranked) WHEN 0 THEN [null] ELSE ranked END AS row
WITH
  user,
  row,
  row.item AS item,
  head([step IN steps WHERE step.item = row.item | step.near]) AS near
WITH user, row, item, near, startNode(near) AS from
RETURN
  item.id AS id,
  item.title AS title,
  row.score AS score,
  row.raw AS raw,
  row.value AS value,
  CASE
    WHEN row.bought THEN head(COLLECT {
      MATCH path = (user)-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item)
      WHERE $asOf IS NULL OR had.firstAt <= $asOf
      RETURN path
      ORDER BY type(had) <> 'PURCHASED', type(had)
      LIMIT 1
    })
    WHEN near IS NOT NULL THEN coalesce(
      head(COLLECT {
        MATCH path = (user)-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(from)
          -[near]->(item)
        WHERE $asOf IS NULL OR had.firstAt <= $asOf
        RETURN path
        ORDER BY type(had) <> 'PURCHASED', type(had)
        LIMIT 1
      }),
      head(COLLECT {
        MATCH path = (from)-[near]->(item)
        RETURN path
      })
    )
  END AS path
ORDER BY toInteger(score * 1e12) DESC, id;
