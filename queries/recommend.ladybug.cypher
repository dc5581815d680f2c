// Items for one user, on the embedded store: the statements behind recommend.cypher.
//
// Ladybug's Cypher has no CALL { } subqueries, no reduce and no vector index here, and
// its two walks and the path back took 150 ms where arrays take 2. So the catalogue,
// the item relationships and the vectors are read once (and again after a write), the
// user's history at each request; what recommend.cypher does with them (candidates,
// normalising, weighting) serving/embedded.py does in arrays.
//
// Parameters: user, asOf (Unix second), items (ids), and those of the rules.

// --- history: what the user bought and when
MATCH (user:User {id: $user})-[bought:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
WHERE bought.at <= $asOf
RETURN offset(id(item)) AS item, bought.at AS at;

// --- kinds: by what relationships the user had these items
MATCH (user:User {id: $user})-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
WHERE had.at <= $asOf AND item.id IN $items
RETURN DISTINCT item.id AS item, label(had) AS kind;

// --- user: whether there is such a user
MATCH (user:User {id: $user})
RETURN user.id AS id;

// --- catalogue: every item's id and numbers
MATCH (item:Item)
RETURN item.id AS id, item.popularity AS popularity, item.rebuy AS rebuy
ORDER BY offset(id(item));

// --- together: every CO_PURCHASED relationship
MATCH (held:Item)-[near:CO_PURCHASED]->(item:Item)
RETURN offset(id(held)) AS held, offset(id(item)) AS item, near.weight AS weight;

// --- follows: every FOLLOWED_BY relationship
MATCH (held:Item)-[near:FOLLOWED_BY]->(item:Item)
RETURN offset(id(held)) AS held, offset(id(item)) AS item, near.weight AS weight;

// --- items: titles of the ranked items and of those on their paths
UNWIND $items AS one
MATCH (item:Item {id: one})
RETURN item.id AS id, item.title AS title;

// --- prices: the items within a price range
MATCH (item:Item)
WHERE item.price >= $lowest AND item.price <= $highest
RETURN offset(id(item)) AS item;

// --- stock: the items in stock
MATCH (item:Item)
WHERE item.inStock
RETURN offset(id(item)) AS item;

// --- brands: the items of these brands
UNWIND $brands AS one
MATCH (item:Item)-[:MADE_BY]->(brand:Brand {id: one})
RETURN DISTINCT offset(id(item)) AS item;

// --- categories: the items in these categories or below them
UNWIND $categories AS one
MATCH (item:Item)-[:IN_CATEGORY]->(:Category)-[:SUBCATEGORY_OF*0..6]->(c:Category {id: one})
RETURN DISTINCT offset(id(item)) AS item;

// --- groups: brand and category of every item, for at most so many of each
MATCH (item:Item)
OPTIONAL MATCH (item)-[:MADE_BY]->(brand:Brand)
OPTIONAL MATCH (item)-[:IN_CATEGORY]->(category:Category)
RETURN offset(id(item)) AS item, min(brand.id) AS brand, min(category.id) AS category;
