// Why this item for this user, as a picture of the strongest ways that lead there.
//
// The parameters are those of explain.
//
// | strength | picture                                           |
// | 0.21     | (:User)-[:PURCHASED]->(:Item)-[:CO_PURCHASED]->(… |

:param {user: '1', item: '995242', k: 8};

// --- explain, returning
RETURN
  strength,
  CASE
    WHEN near IS NULL THEN head(COLLECT { MATCH way = (user)-[bought]->(item) RETURN way })
    ELSE head(COLLECT { MATCH way = (user)-[bought]->()-[near]->(item) RETURN way })
  END AS picture
ORDER BY strength DESC;
