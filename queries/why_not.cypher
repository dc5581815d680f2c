// Why an item is not among those recommended: which rule, which rank, which part.
//
// item   id of the item that is missed, a text
// shown  how many are shown
// k      down to which place the ranking is looked at
//
// The other parameters are those of recommend. A row for each thing that keeps it out;
// bar is the score of the last item shown.
//
// | place | score | bar  | why                                                  |
// | 37    | 0.31  | 0.44 | 'At place 37: its popularity is 0.3 below the last.' |

:param {item: '995242', shown: 10, k: 300, known: 'new'};

// --- recommend, returning
ORDER BY toInteger(row.score * 1e12) DESC, item.id
WITH collect({item: item, row: row}) AS rows
OPTIONAL MATCH (item:Item {id: toString($item)})
WITH rows, item, head([n IN range(0, size(rows) - 1) WHERE rows[n].item = item | n]) AS place
WITH
  item,
  place,
  rows[place].row AS row,
  rows[toInteger($shown) - 1].row AS last,
  EXISTS {
    MATCH (:User {id: $user})-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item)
    OPTIONAL MATCH (dataset:Dataset {id: 'dataset'})
    WITH had, dataset
    WHERE type(had) IN coalesce(dataset.knownKinds, ['PURCHASED', 'RATED'])
    RETURN had
  } AS had
WITH item, place, row, last, had, [
  CASE WHEN had AND $known = 'new' THEN "Had before, and known is 'new'." END,
  CASE WHEN NOT had AND $known = 'again' THEN "Never had, and known is 'again'." END,
  CASE WHEN item.id IN [one IN $session | one.id] THEN "It is in the session." END,
  CASE WHEN item.id IN $where.exclude THEN "The rule exclude names it." END,
  CASE WHEN NOT coalesce(item.price >= $where.lowest, $where.lowest IS NULL)
    THEN "The rule lowest: its price is " + coalesce(item.price, "not known") + "." END,
  CASE WHEN NOT coalesce(item.price <= $where.highest, $where.highest IS NULL)
    THEN "The rule highest: its price is " + coalesce(item.price, "not known") + "." END,
  CASE WHEN $where.inStock AND NOT coalesce(item.inStock, false)
    THEN "The rule inStock: it is not." END,
  CASE WHEN $where.brands IS NOT NULL AND NOT EXISTS {
    MATCH (item)-[:MADE_BY]->(brand) WHERE brand.id IN $where.brands
  } THEN "The rule brands: it is of none of them." END,
  CASE WHEN EXISTS {
    MATCH (item)-[:MADE_BY]->(brand) WHERE brand.id IN $where.notBrands
  } THEN "The rule notBrands: it is of one of them." END,
  CASE WHEN $where.categories IS NOT NULL AND NOT EXISTS {
    MATCH (item)-[:IN_CATEGORY]->()-[:SUBCATEGORY_OF*0..]->(category)
    WHERE category.id IN $where.categories
  } THEN "The rule categories: it is in none of them." END,
  CASE WHEN EXISTS {
    MATCH (item)-[:IN_CATEGORY]->()-[:SUBCATEGORY_OF*0..]->(category)
    WHERE category.id IN $where.notCategories
  } THEN "The rule notCategories: it is in one of them." END
] AS rules
WITH item, place, row, last, [rule IN rules WHERE rule IS NOT NULL] AS rules,
  reduce(worst = null, part IN keys(row.value) | CASE
    WHEN worst IS NULL
      OR coalesce(row.weights[part] * (last.value[part] - row.value[part]), 0)
        > coalesce(row.weights[worst] * (last.value[worst] - row.value[worst]), 0)
    THEN part
    ELSE worst
  END) AS worst
UNWIND CASE
  WHEN item IS NULL THEN ["There is no such item. Ids are texts, such as '1'."]
  WHEN size(rules) > 0 THEN rules
  WHEN place IS NULL
    THEN ["Not among the best " + toInteger($k) + ": no walk from what the user had leads"
      + " there, no vector is near, and too few buy it."]
  WHEN place < $shown THEN ["It is shown, at place " + (place + 1) + "."]
  ELSE ["At place " + (place + 1) + ": its " + worst + " is "
    + round(last.value[worst] - row.value[worst], 2) + " below that of the last shown."]
END AS why
RETURN place + 1 AS place, row.score AS score, last.score AS bar, why;
