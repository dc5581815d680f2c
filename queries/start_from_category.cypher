// For somebody new, from one category: the most popular there, from all that is below it.
//
// category  id of a category
// k         how many
//
// Of each category below it at most two items, so that the list shows what there is.
//
// | id       | title              | category   | popularity | why                         |
// | '866211' | 'Bananas, 40 LB …' | 'TROPICAL' | 204.7      | 'Popular in TROPICAL FRUI…' |

:param {category: 'GROCERY > FLUID MILK PRODUCTS', k: 10};

CYPHER 5
OPTIONAL MATCH (category:Category {id: toString($category)})
OPTIONAL CALL (category) {
  MATCH (category)<-[:SUBCATEGORY_OF*0..]-(below)<-[:IN_CATEGORY]-(item:Item)
  WHERE item.popularity > 0 AND item.id IS NOT NULL
  WITH below, item
  ORDER BY item.popularity DESC, item.id
  WITH below, collect(item)[..2] AS items
  UNWIND items AS item
  WITH item, collect(below)[0] AS below
  RETURN item, below
  ORDER BY item.popularity DESC, item.id
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  coalesce(below.name, below.id) AS category,
  item.popularity AS popularity,
  CASE
    WHEN category IS NULL THEN "There is no such category. See category_affinity."
    WHEN item IS NULL THEN "Nothing in it is popular. Derive: basketweave derive."
    ELSE "Popular in " + coalesce(below.name, below.id) + "."
  END AS why
ORDER BY popularity DESC, id;
