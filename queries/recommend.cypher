// Items for one user: graph walk, learned vectors, own repeats and popularity in one
// score, with its parts and why.
//
// user      id of a person, a text; null where only a session is known
// k         how many
// known     'new': not bought before, 'again': only bought before, 'any': both
// weights   such as {repeat: 0.6, graph: 0.3, popularity: 0.1}, and
// settings  such as {power: 0.3}; null: those published with the blend. Weights that
//           name no part count as null
// session   items held now, such as [{id: '995242', weight: 1.0}]; user may be null
// vectors   such as {sequence: [0.1, …]}, from a model that read the session, in place of
//           the user's vector or the sum of those that the walk starts from
// encoders  versions whose vectors count, such as ['gat_v3']; null: those that are live
// asOf      Unix second; later purchases do not count
// kinds     how events count, such as {weights: {PURCHASED: 1, VIEWED: 0.1}, known:
//           ['PURCHASED']}; null: as `basketweave kinds` set it, or else by default
// where     rules: categories, notCategories, brands, notBrands, exclude (lists of
//           ids), lowest, highest (price), inStock, perBrand, perCategory, attributes such as
//           {colour: ['red']}, and what a score is multiplied with: boost, such as
//           {items: {}, brands: {A: 2.0}, categories: {}, attributes: {}}
// only      an item's id: rank it among the others, and show its row alone
//
// | id        | title             | score | why        | raw              | value         | path |
// | '1082185' | 'Bananas, 40 LB…' | 0.90  | 'Had befo… | {repeat: 2.6e-6… | {repeat: 0.9… | […]  |
//
// What cannot be meant as it stands (an unknown user, part, rule, category) comes first,
// as a row that says so; a user without any candidates gets a row of nulls. What each
// part is, and a score recomputed by hand, is in docs/blend.md.
//
// The client leaves out what stands between `with notices:` and `without:`, for a request
// without rules also what stands between `with rules:` and `without:`, and between `with
// kinds:` and `without:` where it is all one of which kind an event is, as in a store with
// one kind; the rest of the line of `without:` then stands in its place.
//
// ORDER BY with a LIMIT is charged all that can be seen for each row that it keeps, every
// list and map; ORDER BY alone is charged it once. So lists are sorted whole, then cut.

:param {
  user: '1', k: 10, known: 'any', weights: null, settings: null, session: [],
  vectors: {}, encoders: null, asOf: null, kinds: null, where: {}, only: null
};

CYPHER 5
// with notices:
OPTIONAL MATCH (user:User {id: $user})
UNWIND [
  CASE WHEN user IS NULL AND $user IS NOT NULL
    THEN "There is no user " + toStringOrNull($user) + ". Ids are texts, such as '1'."
  END,
  CASE WHEN NOT $known IN ['new', 'again', 'any']
    THEN "known is 'new', 'again' or 'any', not '" + toStringOrNull($known) + "'."
  END
] + coalesce([part IN keys($weights)
  WHERE NOT part IN ['repeat', 'graph', 'gnn', 'sequence', 'content', 'popularity']
  | "No part is called " + part + ": repeat, graph, gnn, sequence, content, popularity."
], []) + coalesce([part IN keys($weights)
  WHERE part IN ['gnn', 'sequence', 'content']
    AND NOT EXISTS { (:Model {kind: 'encoder', status: 'live', part: part}) }
  | "No vectors are published for the part " + part + "."
], []) + coalesce([rule IN keys($where)
  WHERE NOT rule IN ['categories', 'notCategories', 'brands', 'notBrands', 'exclude',
    'lowest', 'highest', 'inStock', 'perBrand', 'perCategory', 'attributes', 'boost']
  | "No rule is called " + rule + ": see the head of this query."
], []) + [id IN coalesce($where.categories, []) + coalesce($where.notCategories, [])
  WHERE NOT EXISTS { (:Category {id: id}) } | "There is no category " + id + "."
] + [id IN coalesce($where.brands, []) + coalesce($where.notBrands, [])
  WHERE NOT EXISTS { (:Brand {id: id}) } | "There is no brand " + id + "."
] AS why
WITH why
WHERE why IS NOT NULL
RETURN
  null AS id, null AS title, null AS score, why, null AS raw, null AS value, null AS path
UNION ALL
// without:
OPTIONAL MATCH (user:User {id: $user})
OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
OPTIONAL MATCH (blend:Model {name: 'blend_' + $known, kind: 'blend', status: 'live'})
WHERE NOT coalesce(blend.stale, false) // learned for what serves no more
WITH user, dataset.lastAt AS lastAt, properties(blend) AS published
LIMIT 1
WHERE user IS NOT NULL OR $user IS NULL
WITH
  user,
  coalesce($asOf, lastAt, 0) AS now,
  coalesce($settings, published, {}) AS s,
  ['repeat', 'graph', 'gnn', 'sequence', 'content', 'popularity'] AS parts,
  [$weights, published, CASE $known
    WHEN 'any' THEN {repeat: 0.5, graph: 0.3, popularity: 0.2}
    WHEN 'again' THEN {repeat: 1.0}
    ELSE {graph: 0.7, popularity: 0.3}
  END] AS given
WITH
  user,
  now,
  s,
  parts,
  head([one IN given WHERE any(part IN parts WHERE one[part] > 0)]) AS given
WITH user, now, s, given, reduce(most = 0.0, part IN parts |
  CASE WHEN given[part] > most THEN given[part] ELSE most END) AS most
WITH
  user,
  now,
  {
    repeat: CASE WHEN given.repeat > 0 THEN given.repeat / most ELSE 0.0 END,
    graph: CASE WHEN given.graph > 0 THEN given.graph / most ELSE 0.0 END,
    gnn: CASE WHEN given.gnn > 0 THEN given.gnn / most ELSE 0.0 END,
    sequence: CASE WHEN given.sequence > 0 THEN given.sequence / most ELSE 0.0 END,
    content: CASE WHEN given.content > 0 THEN given.content / most ELSE 0.0 END,
    popularity: CASE WHEN given.popularity > 0 THEN given.popularity / most ELSE 0.0 END
  } AS w,
  {
    fastHalfLife: toFloat(coalesce(s.fastHalfLife, s.fast, 1728000)),
    middleHalfLife: toFloat(coalesce(s.middleHalfLife, s.middle, 6912000)),
    slowHalfLife: toFloat(coalesce(s.slowHalfLife, s.slow, 27648000)),
    repeatRest: toFloat(coalesce(s.repeatRest, s.rest, 604800)),
    walkHalfLife: toFloat(coalesce(s.walkHalfLife, 7776000)),
    walkStarts: toInteger(coalesce(s.walkStarts, s.history, 100)),
    coPurchased: toFloat(coalesce(s.coPurchased, s.together, 1)),
    followedBy: toFloat(coalesce(s.followedBy, s.follows, 1)),
    walkCandidates: toInteger(coalesce(s.walkCandidates, s.walked, 150)),
    vectorCandidates: toInteger(coalesce(s.vectorCandidates, s.neighbours, 100)),
    popularCandidates: toInteger(CASE
      WHEN coalesce(s.popularCandidates, s.popular, 100) > $k
        THEN coalesce(s.popularCandidates, s.popular, 100)
      ELSE $k
    END),
    scaled: coalesce(s.scaled, 1) <> 0,
    power: toFloat(coalesce(s.power, 1)),
    // with kinds:
    counts: coalesce(
      $kinds,
      head(COLLECT {
        MATCH (dataset:Dataset {id: 'dataset'})
        WHERE dataset.knownKinds IS NOT NULL
        RETURN {
          weights: {
            PURCHASED: coalesce(s.purchased, dataset.kindWeights[0]),
            VIEWED: coalesce(s.viewed, dataset.kindWeights[1]),
            ADDED_TO_CART: coalesce(s.addedToCart, dataset.kindWeights[2]),
            RATED: coalesce(s.rated, dataset.kindWeights[3])
          },
          known: dataset.knownKinds
        }
      }),
      {
        weights: {
          PURCHASED: coalesce(s.purchased, 1.0),
          VIEWED: coalesce(s.viewed, 0.1),
          ADDED_TO_CART: coalesce(s.addedToCart, 0.3),
          RATED: coalesce(s.rated, 1.0)
        },
        known: ['PURCHASED', 'RATED']
      }
    ),
    // without:
    capped: $where.perBrand IS NOT NULL OR $where.perCategory IS NOT NULL
  } AS s

// What the user had, the latest first, and its `repeat`. A relationship made by hand
// may have one time, or none: it counts as had all the same, before all others.
CALL (user, now, s) {
  MATCH (user)-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
  // with kinds:
  WHERE s.counts.weights[type(bought)] > 0
  // without:
  WITH item, bought, CASE
    WHEN bought.times IS NOT NULL THEN bought.times
    WHEN bought.firstAt < bought.lastAt THEN [bought.firstAt, bought.lastAt]
    ELSE [coalesce(bought.at, bought.lastAt, bought.firstAt)]
  END AS ever
  WITH item, bought, ever, [t IN ever WHERE t <= coalesce($asOf, 9223372036854775807)] AS times
  WHERE size(times) > 0 OR size([t IN ever WHERE t > $asOf]) = 0
  WITH item, bought, CASE size(times) WHEN 0 THEN [0] ELSE times END AS times
  WITH
    item,
    // with kinds:
    max(s.counts.weights[type(bought)]) AS weight,
    max(CASE WHEN type(bought) IN s.counts.known THEN 1 ELSE 0 END) AS familiar,
    // without:
    min(reduce(least = times[0], t IN times |
      CASE WHEN t < least THEN t ELSE least END)) AS first,
    max(reduce(most = times[0], t IN times |
      CASE WHEN t > most THEN t ELSE most END)) AS last,
    sum(size(times)) AS count,
    // with kinds:
    sum(s.counts.weights[type(bought)] * CASE
      WHEN $known = 'new' AND type(bought) IN s.counts.known THEN 0.0
      ELSE reduce(
    // without: sum(CASE $known WHEN 'new' THEN 0.0 ELSE reduce(
      habit = 0.0, age IN [t IN times | CASE WHEN t < now THEN now - t ELSE 0 END] | habit
        + 0.2 / s.fastHalfLife * 0.5 ^ (age / s.fastHalfLife)
        + 1.0 / s.middleHalfLife * 0.5 ^ (age / s.middleHalfLife)
        + 2.0 / s.slowHalfLife * 0.5 ^ (age / s.slowHalfLife)
    ) END) AS habit
  WITH
    item,
    // with kinds:
    weight,
    familiar,
    // without:
    last,
    habit * CASE
      WHEN item.rebuy < 0 THEN 0.0
      WHEN item.rebuy < 1e308 THEN item.rebuy
      ELSE 1.0
    END ^ 0.4 AS habit,
    toFloat(last - first) / CASE WHEN count > 1 THEN count - 1 ELSE 1 END AS gap
  ORDER BY last DESC, item.id
  RETURN
    collect(item) AS had,
    // with kinds:
    collect(weight) AS weights,
    collect(CASE familiar WHEN 1 THEN item END) AS familiar,
    // without:
    collect(last) AS lasts,
    collect(habit / (1 + 0.2 * CASE WHEN last < now THEN now - last ELSE 0 END
      / (gap + s.repeatRest))) AS repeats
}

CALL () {
  OPTIONAL MATCH (item:Item {id: $only})
  RETURN item AS wanted
}

// Where the walk starts: what is held now, and the latest of what the user had.
CALL () {
  UNWIND $session AS one
  MATCH (item:Item {id: one.id})
  RETURN collect(item) AS held, collect(toFloat(coalesce(one.weight, 1.0))) AS pulls
}
WITH
  user,
  w,
  s,
  had,
  repeats,
  wanted,
  // with kinds:
  familiar,
  // without:
  [n IN range(0, size(held) - 1) | {item: held[n], pull: pulls[n]}]
    + [n IN range(0, size(had) - 1) WHERE n < s.walkStarts | {
      item: had[n],
      // with kinds:
      pull: weights[n] * 0.5 ^ ((lasts[0] - lasts[n]) / s.walkHalfLife)
      // without: pull: 0.5 ^ ((lasts[0] - lasts[n]) / s.walkHalfLife)
    }] AS starts,
  // with kinds:
  held + CASE $known WHEN 'new' THEN familiar ELSE [] END AS without
  // without: held + CASE $known WHEN 'new' THEN had ELSE [] END AS without

// with rules:
// The categories that the rules name, and all below them.
CALL () {
  UNWIND $where.categories AS id
  MATCH (:Category {id: id})<-[:SUBCATEGORY_OF*0..]-(below)
  RETURN collect(DISTINCT below) AS inside
}
CALL () {
  UNWIND $where.notCategories AS id
  MATCH (:Category {id: id})<-[:SUBCATEGORY_OF*0..]-(below)
  RETURN collect(DISTINCT below) AS outside
}

// Where one of the rules leaves few items, these, to be looked at one by one.
CALL (inside) {
  CALL () {
    UNWIND $where.brands AS id
    MATCH (:Brand {id: id})<-[:MADE_BY]-(item:Item)
    WHERE $known <> 'again'
    WITH DISTINCT item
    LIMIT 4001
    RETURN collect(item) AS made
  }
  CALL (inside) {
    UNWIND inside AS category
    MATCH (category)<-[:IN_CATEGORY]-(item:Item)
    WHERE $known <> 'again'
    WITH DISTINCT item
    LIMIT 4001
    RETURN collect(item) AS kept
  }
  CALL () {
    WITH coalesce($where.lowest, -1e308) AS lowest, coalesce($where.highest, 1e308) AS highest
    WHERE ($where.lowest IS NOT NULL OR $where.highest IS NOT NULL) AND $known <> 'again'
    MATCH (item:Item)
    WHERE item.price >= lowest AND item.price <= highest
    WITH item
    LIMIT 4001
    RETURN collect(item) AS priced
  }
  CALL () {
    WITH $where.inStock AS inStock
    WHERE inStock AND $known <> 'again'
    MATCH (item:Item)
    WHERE item.inStock = true
    WITH item
    LIMIT 4001
    RETURN collect(item) AS stocked
  }
  CALL () {
    WITH $where.attributes AS attributes
    WHERE attributes IS NOT NULL AND $known <> 'again'
    MATCH (item:Item)
    WHERE all(name IN keys(attributes)
      WHERE any(one IN [] + item[name] WHERE one IN attributes[name]))
    WITH item
    LIMIT 4001
    RETURN collect(item) AS alike
  }
  UNWIND [
    CASE WHEN $where.brands IS NOT NULL THEN made END,
    CASE WHEN $where.categories IS NOT NULL THEN kept END,
    CASE WHEN $where.lowest IS NOT NULL OR $where.highest IS NOT NULL THEN priced END,
    CASE WHEN $where.inStock THEN stocked END,
    CASE WHEN $where.attributes IS NOT NULL THEN alike END
  ] AS side
  WITH side
  WHERE size(side) <= 4000 AND $known <> 'again'
  WITH side, size(side) AS size
  ORDER BY size
  LIMIT 1
  RETURN collect(side) AS few
}
WITH *, head(few) AS few
// without: WITH *, [] AS inside, [] AS outside, null AS few

// Else the most popular of what may be offered, and how far down the list they lie. At
// most so many of a brand leave some of them out, so then there are more to take from.
CALL (without, inside, outside, few) {
  WITH *
  WHERE few IS NULL AND $known <> 'again'
  MATCH (item:Item)
  WHERE 0 < item.popularity < 1e308
    AND item.id IS NOT NULL
    AND NOT item IN without
    // with rules:
    AND CASE size(keys($where))
      WHEN 0 THEN true
      ELSE ($where.lowest IS NULL OR item.price >= $where.lowest)
        AND ($where.highest IS NULL OR item.price <= $where.highest)
        AND ($where.inStock IS NULL OR item.inStock = true)
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
        AND ($where.attributes IS NULL OR all(name IN keys($where.attributes)
          WHERE any(one IN [] + item[name] WHERE one IN $where.attributes[name])))
    END
    // without:
  WITH item
  ORDER BY item.popularity DESC, item.id
  LIMIT toInteger(CASE
    WHEN $k > coalesce($settings.popularCandidates, 1000) THEN $k
    ELSE coalesce($settings.popularCandidates, 1000) // a LIMIT takes no variable
  END + CASE WHEN $where.perBrand IS NULL AND $where.perCategory IS NULL THEN 0 ELSE 2000 END)
  RETURN collect(item) AS popular
}
CALL (popular) {
  WITH size(popular) AS size, popular[-1].popularity AS least
  MATCH (item:Item)
  WHERE item.popularity >= least
  RETURN coalesce(toFloat(count(item)) / max(size), 0.0) AS depth
}
// with rules:
CALL (popular, s) {
  WITH *
  WHERE s.capped
  UNWIND popular AS item
  WITH item, head(COLLECT {
    MATCH (item)-[:MADE_BY]->(one:Brand)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) AS brand, head(COLLECT {
    MATCH (item)-[:IN_CATEGORY]->(one:Category)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) AS category
  RETURN collect({item: item, brand: brand, category: category}) AS listed
}
WITH *, reduce(taken = [], one IN listed | CASE
  WHEN size(taken) < s.popularCandidates
    AND ($where.perBrand IS NULL OR one.brand IS NULL
      OR size([x IN taken WHERE x.brand = one.brand]) < $where.perBrand)
    AND ($where.perCategory IS NULL OR one.category IS NULL
      OR size([x IN taken WHERE x.category = one.category]) < $where.perCategory)
  THEN [x IN taken | x] + [one]
  ELSE taken
END) AS taken
// without: WITH *, [] AS taken

// Where that does not make up the number: the rest of what may be offered, and so all
// of the few.
CALL (s, without, inside, outside, few, popular, taken) {
  WITH
    *,
    [x IN taken WHERE
      size([y IN taken WHERE y.brand = x.brand]) >= $where.perBrand | x.brand] AS brands,
    [x IN taken WHERE
      size([y IN taken WHERE y.category = x.category]) >= $where.perCategory | x.category]
      AS categories
  WHERE $known <> 'again'
    AND (few IS NOT NULL OR size(CASE WHEN s.capped THEN taken ELSE popular END) < s.popularCandidates)
  CALL (few) {
    UNWIND few AS item
    RETURN item
  UNION ALL
    WITH few
    WHERE few IS NULL
    MATCH (item:Item)
    RETURN item
  }
  WITH *
  WHERE item.id IS NOT NULL
    AND NOT item IN without
    AND NOT item IN popular
    // with rules:
    AND CASE size(keys($where))
      WHEN 0 THEN true
      ELSE ($where.lowest IS NULL OR item.price >= $where.lowest)
        AND ($where.highest IS NULL OR item.price <= $where.highest)
        AND ($where.inStock IS NULL OR item.inStock = true)
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
        AND ($where.attributes IS NULL OR all(name IN keys($where.attributes)
          WHERE any(one IN [] + item[name] WHERE one IN $where.attributes[name])))
    END
    // without:
  // with rules:
  WITH item, brands, categories, CASE WHEN s.capped THEN head(COLLECT {
    MATCH (item)-[:MADE_BY]->(one:Brand)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) END AS brand, CASE WHEN s.capped THEN head(COLLECT {
    MATCH (item)-[:IN_CATEGORY]->(one:Category)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) END AS category
  WHERE (brand IS NULL OR NOT brand IN brands)
    AND (category IS NULL OR NOT category IN categories)
  // without: WITH item, null AS brand, null AS category
  WITH
    item,
    item.id AS id,
    brand,
    category,
    CASE WHEN 0 < item.popularity < 1e308 THEN item.popularity ELSE 0.0 END AS popularity
  ORDER BY popularity DESC, id
  RETURN collect({item: item, brand: brand, category: category}) AS rest
}
WITH
  *,
  CASE WHEN few IS NOT NULL THEN [one IN rest | one.item] END AS offered,
  CASE WHEN s.capped THEN [one IN reduce(taken = taken, one IN rest | CASE
    WHEN size(taken) < s.popularCandidates
      AND ($where.perBrand IS NULL OR one.brand IS NULL
        OR size([x IN taken WHERE x.brand = one.brand]) < $where.perBrand)
      AND ($where.perCategory IS NULL OR one.category IS NULL
        OR size([x IN taken WHERE x.category = one.category]) < $where.perCategory)
    THEN [x IN taken | x] + [one]
    ELSE taken
  END) | one.item]
    ELSE (popular + [one IN rest | one.item])[..s.popularCandidates]
  END AS popular

// Which vectors are live, and with what to search them: the one given for the part, the
// user's own, or the sum of those that the walk starts from. Parts without weight are
// left out: they cost the most and change nothing.
CALL (user, starts, w) {
  MATCH (model:Model {kind: 'encoder'})
  WHERE w[model.part] > 0
    AND ($encoders IS NULL AND model.status = 'live' OR model.property IN $encoders)
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

// All that is found and may be offered, with what the walk gives each.
CALL (*) {
  CALL (*) {
    UNWIND range(0, size(had) - 1) AS n
    RETURN had[n] AS item, repeats[n] AS repeat, 0.0 AS strength, 1 AS found, null AS near
  UNION ALL
    UNWIND popular AS item
    RETURN item, null AS repeat, 0.0 AS strength, 1 AS found, null AS near
  UNION ALL
    WITH wanted AS item
    WHERE item IS NOT NULL
    RETURN item, null AS repeat, 0.0 AS strength, 1 AS found, null AS near
  UNION ALL
    UNWIND live AS one
    UNWIND offered AS item
    WITH item, one.part AS part, vector.similarity.cosine(item[one.property], one.vector) AS cosine
    WHERE cosine IS NOT NULL
    RETURN
      item,
      null AS repeat,
      0.0 AS strength,
      null AS found,
      {part: part, cosine: cosine} AS near
  UNION ALL
    UNWIND live AS one
    WITH one, toInteger((s.vectorCandidates + 100) * CASE WHEN depth > 0 THEN depth ELSE 25 END) AS most
    WHERE $known <> 'again' AND offered IS NULL
    // The index searches approximately: asked for more, it misses fewer of the first.
    CALL db.index.vector.queryNodes(one.index, CASE WHEN most < 5000 THEN most ELSE 5000 END, one.vector)
    YIELD node, score
    RETURN
      node AS item,
      null AS repeat,
      0.0 AS strength,
      null AS found,
      {part: one.part, cosine: score} AS near
  UNION ALL
    UNWIND starts AS start
    WITH start.item AS from, start.pull * s.coPurchased AS pull
    WHERE pull > 0
    MATCH (from)-[near:CO_PURCHASED]->(item)
    WHERE near.weight > 0
    RETURN item, null AS repeat, pull * near.weight AS strength, null AS found, null AS near
  UNION ALL
    UNWIND starts AS start
    WITH start.item AS from, start.pull * s.followedBy AS pull
    WHERE pull > 0
    MATCH (from)-[near:FOLLOWED_BY]->(item)
    WHERE near.weight > 0
    RETURN item, null AS repeat, pull * near.weight AS strength, null AS found, null AS near
  }
  WITH
    item,
    max(repeat) AS repeat,
    sum(strength) AS graph,
    count(found) AS found,
    collect(near) AS near
  WHERE item = wanted OR CASE
    WHEN offered IS NOT NULL THEN item IN offered
    ELSE NOT item IN without
      // with kinds:
      AND ($known <> 'again' OR item IN familiar)
      // without: AND ($known <> 'again' OR repeat IS NOT NULL)
      // with rules:
      AND CASE size(keys($where))
          WHEN 0 THEN true
          ELSE ($where.lowest IS NULL OR item.price >= $where.lowest)
            AND ($where.highest IS NULL OR item.price <= $where.highest)
            AND ($where.inStock IS NULL OR item.inStock = true)
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
            AND ($where.attributes IS NULL OR all(name IN keys($where.attributes)
              WHERE any(one IN [] + item[name] WHERE one IN $where.attributes[name])))
        END
      // without:
  END
  RETURN collect({item: item, repeat: repeat, graph: graph, found: found, near: near}) AS reached
}

// Of what only the walk has found, the best (and their equals) are candidates; of what
// each vector has found, the nearest.
CALL (s, reached) {
  WITH s, reached, size([one IN reached WHERE one.graph > 0]) AS size
  UNWIND reached AS one
  WITH s, size, one.graph AS graph
  WHERE graph > 0
  RETURN coalesce(percentileDisc(graph, CASE
    WHEN size > s.walkCandidates THEN 1 - (s.walkCandidates - 0.5) / size
    ELSE 0.0
  END), 1e308) * 0.999999 AS farthest
}
CALL (s, reached) {
  UNWIND reached AS one
  UNWIND one.near AS near
  WITH
    s.vectorCandidates AS neighbours,
    one.item AS item,
    one.item.id AS id,
    near.part AS part,
    near.cosine AS cosine
  ORDER BY cosine DESC, id
  WITH part, neighbours, collect(item)[..neighbours] AS nearest
  UNWIND nearest AS item
  RETURN collect(DISTINCT item) AS nearest
}

// The parts of each candidate, and their bounds.
CALL (*) {
  UNWIND reached AS one
  WITH *
  WHERE one.found > 0 OR one.graph >= farthest OR one.item IN nearest
  WITH one.item AS item, one.repeat AS repeat, one.graph AS graph
  WHERE item.id IS NOT NULL
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
    CASE WHEN 0 < item.popularity < 1e308 THEN toFloat(item.popularity) ELSE 0.0 END
      AS popularity
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

// Each part from 0 to 1, and their weighted sum: the best k, or all where at most so
// many of a brand or category are wanted.
CALL (candidates, low, span, w, s) {
  UNWIND range(0, size(candidates) - 1) AS n
  WITH *, candidates[n].item.id AS id, candidates[n].raw AS raw
  // with rules:
  WITH *, candidates[n].item AS item
  WITH *, CASE WHEN $where.boost IS NULL THEN 1.0 ELSE
    coalesce(toFloat($where.boost.items[id]), 1.0)
    * reduce(f = 1.0, one IN COLLECT {
      MATCH (item)-[:MADE_BY]->(brand:Brand)
      WHERE $where.boost.brands[brand.id] IS NOT NULL
      RETURN DISTINCT brand.id
    } | f * $where.boost.brands[one])
    * reduce(f = 1.0, one IN COLLECT {
      MATCH (item)-[:IN_CATEGORY]->(:Category)-[:SUBCATEGORY_OF*0..]->(category:Category)
      WHERE $where.boost.categories[category.id] IS NOT NULL
      RETURN DISTINCT category.id
    } | f * $where.boost.categories[one])
    * reduce(f = 1.0, name IN keys($where.boost.attributes) | f
      * reduce(g = 1.0, one IN coalesce([] + item[name], []) | g
        * coalesce(toFloat($where.boost.attributes[name][toString(one)]), 1.0)))
  END AS factor
  // without: WITH *, 1.0 AS factor
  WITH
    *,
    CASE WHEN raw.repeat > 0 THEN (raw.repeat / span.repeat) ^ s.power
      ELSE 0.0 END AS repeat,
    CASE WHEN raw.graph > 0 THEN (raw.graph / span.graph) ^ s.power
      ELSE 0.0 END AS graph,
    CASE WHEN raw.gnn > low.gnn THEN ((raw.gnn - low.gnn) / span.gnn) ^ s.power
      WHEN raw.gnn IS NOT NULL THEN 0.0 END AS gnn,
    CASE WHEN raw.sequence > low.sequence
      THEN ((raw.sequence - low.sequence) / span.sequence) ^ s.power
      WHEN raw.sequence IS NOT NULL THEN 0.0 END AS sequence,
    CASE WHEN raw.content > low.content
      THEN ((raw.content - low.content) / span.content) ^ s.power
      WHEN raw.content IS NOT NULL THEN 0.0 END AS content,
    CASE WHEN raw.popularity > 0 THEN (raw.popularity / span.popularity) ^ s.power
      ELSE 0.0 END AS popularity
  WITH
    n,
    id,
    repeat,
    graph,
    gnn,
    sequence,
    content,
    popularity,
    factor * (
      w.repeat * repeat + w.graph * graph + w.gnn * coalesce(gnn, 0.0)
      + w.sequence * coalesce(sequence, 0.0) + w.content * coalesce(content, 0.0)
      + w.popularity * popularity
    ) / (w.repeat + w.graph + w.gnn + w.sequence + w.content + w.popularity) AS score
  WHERE $only IS NULL OR id = $only
  WITH *
  ORDER BY toInteger(score * 1e12) DESC, id
  RETURN collect({n: n, score: score, value: {
    repeat: repeat,
    graph: graph,
    gnn: gnn,
    sequence: sequence,
    content: content,
    popularity: popularity
  }}) AS best
}
// with rules:
CALL (candidates, best, s) {
  WITH *
  WHERE s.capped
  UNWIND range(0, size(best) - 1) AS place
  WITH place, candidates[best[place].n].item AS item
  WITH place, head(COLLECT {
    MATCH (item)-[:MADE_BY]->(one:Brand)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) AS brand, head(COLLECT {
    MATCH (item)-[:IN_CATEGORY]->(one:Category)
    RETURN one.id AS id
    ORDER BY id
    LIMIT 1
  }) AS category
  RETURN collect({place: place, brand: brand, category: category}) AS placed
}
WITH *, CASE
  WHEN s.capped THEN [one IN reduce(taken = [], one IN placed | CASE
    WHEN size(taken) < $k
      AND ($where.perBrand IS NULL OR one.brand IS NULL
        OR size([x IN taken WHERE x.brand = one.brand]) < $where.perBrand)
      AND ($where.perCategory IS NULL OR one.category IS NULL
        OR size([x IN taken WHERE x.category = one.category]) < $where.perCategory)
    THEN [x IN taken | x] + [one]
    ELSE taken
  END) | best[one.place]]
  ELSE best[..toInteger($k)]
END AS best
// without: WITH *, best[..toInteger($k)] AS best
WITH user, w, s, starts, [one IN best | {
  item: candidates[one.n].item,
  score: one.score,
  raw: candidates[one.n].raw,
  value: one.value,
  weights: w,
  // A path is a reason only where its part counts.
  own: candidates[one.n].bought AND w.repeat * one.value.repeat > 0,
  walked: w.graph * one.value.graph > 0
}] AS ranked

// Beside each of them the step of the walk that gave most to it.
CALL (*) {
  CALL (*) {
    UNWIND CASE size(ranked) WHEN 0 THEN [null] ELSE ranked END AS row
    RETURN row.item AS item, row, null AS near, 0.0 AS strength
  UNION ALL
    WITH starts, s, [row IN ranked WHERE row.walked AND NOT row.own | row.item] AS wanted
    UNWIND starts AS start
    WITH wanted, start.item AS from, start.pull * s.coPurchased AS pull
    WHERE pull > 0 AND size(wanted) > 0
    MATCH (from)-[near:CO_PURCHASED]->(item)
    WHERE item IN wanted AND near.weight > 0
    RETURN item, null AS row, near, pull * near.weight AS strength
  UNION ALL
    WITH starts, s, [row IN ranked WHERE row.walked AND NOT row.own | row.item] AS wanted
    UNWIND starts AS start
    WITH wanted, start.item AS from, start.pull * s.followedBy AS pull
    WHERE pull > 0 AND size(wanted) > 0
    MATCH (from)-[near:FOLLOWED_BY]->(item)
    WHERE item IN wanted AND near.weight > 0
    RETURN item, null AS row, near, pull * near.weight AS strength
  }
  WITH
    item,
    row,
    near,
    strength,
    startNode(near).id AS id,
    type(near) AS type
  ORDER BY strength DESC, id, type
  RETURN item, head(collect(row)) AS row, head(collect(near)) AS near
}
WITH user, item, row, near, startNode(near) AS from
WITH
  item,
  row,
  CASE
    WHEN row.own THEN head(COLLECT {
      MATCH path = (user)-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item)
      WHERE $asOf IS NULL OR coalesce(had.firstAt, had.times[0], had.at, had.lastAt, $asOf) <= $asOf
      RETURN path
      ORDER BY type(had) <> 'PURCHASED', type(had)
      LIMIT 1
    })
    WHEN near IS NOT NULL THEN coalesce(
      head(COLLECT {
        MATCH path = (user)-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(from)
          -[near]->(item)
        WHERE $asOf IS NULL OR coalesce(had.firstAt, had.times[0], had.at, had.lastAt, $asOf) <= $asOf
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
WITH item, row, head(collect(path)) AS path
RETURN
  item.id AS id,
  item.title AS title,
  row.score AS score,
  CASE
    WHEN item IS NULL THEN "Nothing may be offered: fewer rules, or another known."
    WHEN row.own THEN CASE type(relationships(path)[0])
      WHEN 'VIEWED' THEN "Looked at before."
      WHEN 'ADDED_TO_CART' THEN "Put into the cart before."
      ELSE "Had before."
    END
    WHEN path IS NULL THEN "Near in vectors, or popular."
    ELSE CASE
        WHEN length(path) = 1 THEN "Holds "
        WHEN type(relationships(path)[0]) = 'VIEWED' THEN "Looked at "
        ELSE "Had "
      END +
      coalesce(nodes(path)[-2].title, nodes(path)[-2].id) +
      CASE type(relationships(path)[-1])
        WHEN 'FOLLOWED_BY' THEN ": whoever takes it often takes this next."
        ELSE ": whoever takes it often takes this too."
      END
  END AS why,
  row.raw AS raw,
  row.value AS value,
  [n IN range(0, coalesce(length(path), -1)) | {
    labels: labels(nodes(path)[n]),
    id: nodes(path)[n].id,
    title: nodes(path)[n].title,
    leads: type(relationships(path)[n])
  }] AS path
ORDER BY toInteger(score * 1e12) DESC, id;
