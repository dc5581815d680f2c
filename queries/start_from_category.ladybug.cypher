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

MATCH (category:Category {id: $category})<-[:SUBCATEGORY_OF*0..9]-(below:Category)
MATCH (below)<-[:IN_CATEGORY]-(item:Item)
WHERE item.popularity > 0
WITH below, list_sort(collect(item.popularity), 'DESC')[1:2] AS best
MATCH (below)<-[:IN_CATEGORY]-(item:Item)
WHERE item.popularity >= best[size(best)]
WITH item, min(coalesce(below.name, below.id)) AS name
RETURN
  item.id AS id,
  item.title AS title,
  name AS category,
  item.popularity AS popularity,
  'Popular in ' + name + '.' AS why
ORDER BY popularity DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (category:Category {id: $category})
WITH category
WHERE category.id IS NULL
RETURN
  category.id AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS STRING) AS category,
  CAST(NULL AS DOUBLE) AS popularity,
  'There is no such category. See category_affinity.' AS why;
