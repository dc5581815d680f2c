// The items added last of those that nobody had, on Neo4j: what `explore` shows for the
// first time. The client runs it, and remembers what it found for a minute.
//
// Parameters: n (how many); where (rules, as in recommend.cypher)

// --- newest: ids, the last added first
CYPHER 5
MATCH (item:Item)
WHERE coalesce(item.popularity, 0.0) = 0.0
  AND item.id IS NOT NULL
  AND ($where.lowest IS NULL OR item.price >= $where.lowest)
  AND ($where.highest IS NULL OR item.price <= $where.highest)
  AND ($where.inStock IS NULL OR item.inStock = true)
  AND ($where.attributes IS NULL OR all(name IN keys($where.attributes)
    WHERE any(one IN [] + item[name] WHERE one IN $where.attributes[name])))
  AND ($where.exclude IS NULL OR NOT item.id IN $where.exclude)
  AND ($where.brands IS NULL OR EXISTS {
    (item)-[:MADE_BY]->(brand:Brand) WHERE brand.id IN $where.brands
  })
  AND ($where.notBrands IS NULL OR NOT EXISTS {
    (item)-[:MADE_BY]->(brand:Brand) WHERE brand.id IN $where.notBrands
  })
  AND ($where.categories IS NULL OR EXISTS {
    (item)-[:IN_CATEGORY]->()-[:SUBCATEGORY_OF*0..]->(category)
    WHERE category.id IN $where.categories
  })
  AND ($where.notCategories IS NULL OR NOT EXISTS {
    (item)-[:IN_CATEGORY]->()-[:SUBCATEGORY_OF*0..]->(category)
    WHERE category.id IN $where.notCategories
  })
  AND NOT EXISTS { (item)<-[:PURCHASED|VIEWED|ADDED_TO_CART|RATED]-() }
WITH item
ORDER BY id(item) DESC
LIMIT toInteger($n)
RETURN item.id AS id;
