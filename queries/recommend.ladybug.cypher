// Items for one user, on the embedded store: the statements behind recommend.cypher.
//
// Ladybug's Cypher has no CALL { } subqueries, no reduce and no vector index here, and
// its two walks and the path back took 150 ms where arrays take 2. So the items, their
// relationships and the items' vectors are exported once (and again after a write), the
// user's history and vectors at each request; what recommend.cypher does with them
// (candidates, normalising, weighting) the package `blend` does in arrays.
//
// Parameters: user; kinds (of events, in the order in which paths name them).

// --- history: what the user had, when and how (asked for the kinds that there are)
MATCH (:User {id: $user})-[had:PURCHASED|VIEWED|ADDED_TO_CART|RATED]->(item:Item)
RETURN
  offset(id(item)) AS number,
  had.at AS at,
  list_position($kinds, label(had)) AS kind;

// --- user: whether there is such a user, asked where there is no history
MATCH (user:User {id: $user})
RETURN user.id AS id;
