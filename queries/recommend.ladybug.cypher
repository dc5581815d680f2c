// Items for one user, on the embedded store: the statements behind recommend.cypher.
//
// Ladybug's Cypher has no CALL { } subqueries, no reduce and no vector index here, and
// its two walks and the path back took 150 ms where arrays take 2. So the items, their
// relationships and the vectors are exported once (and again after a write), the user's
// history at each request; what recommend.cypher does with them (candidates,
// normalising, weighting) the package `blend` does in arrays.
//
// Parameters: user.

// --- history: what the user had, when and how; one row of nulls for no history
MATCH (user:User {id: $user})
OPTIONAL MATCH (user)-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
RETURN offset(id(item)) AS number, had.at AS at, label(had) AS kind;

// --- numbers: the engine's own number of every item
MATCH (item:Item)
RETURN item.id AS id, offset(id(item)) AS number;
