// What two models find for one person, side by side: ranks by the cosine of each.
//
// user    id of a person, a text
// models  names of two encoders that are live
// k       how many of each
//
// | id       | title         | first | second | why                                       |
// | '866211' | 'Bananas, 4…' | 1     | null   | 'filter alone has it among its best 10.'  |

:param {user: '1', models: ['filter', 'attributes'], k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
CALL () {
  UNWIND range(0, 1) AS n
  OPTIONAL MATCH (model:Model {name: $models[n], kind: 'encoder', status: 'live'})
  WITH n, model
  ORDER BY n
  RETURN collect(model) AS live
}
CALL (user, live) {
  UNWIND CASE WHEN size(live) = 2 THEN [0, 1] ELSE [] END AS n
  WITH n, live[n].index AS index, user[live[n].property] AS vector
  WHERE vector IS NOT NULL
  CALL (n, index, vector) {
    CALL db.index.vector.queryNodes(index, toInteger($k), vector) YIELD node AS item, score
    WITH item, score
    ORDER BY score DESC, item.id
    RETURN collect(item) AS list
  }
  WITH n, list
  ORDER BY n
  RETURN collect(list) AS lists
}
OPTIONAL CALL (lists) {
  UNWIND reduce(every = [], list IN lists | every + list) AS item
  WITH DISTINCT
    item,
    head([n IN range(1, size(lists[0])) WHERE lists[0][n - 1] = item | n]) AS first,
    head([n IN range(1, size(lists[1])) WHERE lists[1][n - 1] = item | n]) AS second
  WHERE item.id IS NOT NULL
  RETURN item, first, second
}
RETURN
  item.id AS id,
  item.title AS title,
  first,
  second,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN size(live) < 2 THEN "One of these is no live encoder: basketweave models"
    WHEN item IS NULL THEN "This user has no vectors."
    WHEN first IS NOT NULL AND second IS NOT NULL THEN "Both have it among their best."
    ELSE CASE WHEN first IS NULL THEN live[1].name ELSE live[0].name END
      + " alone has it among its best."
  END AS why
ORDER BY coalesce(first, 1000) + coalesce(second, 1000), id;
