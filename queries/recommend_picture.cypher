// Items for one user as a picture: the person, what they had, and what it leads to.
//
// The parameters are those of recommend. `:config autoComplete: false` keeps Neo4j Browser
// from drawing all else that lies between these nodes. At most four of the items that
// the person had are drawn; where another one leads to an item, the strongest
// relationship from one of the four or from the person's other items stands for it.
//
// | id        | title             | score | picture                               |
// | '1082185' | 'Bananas, 40 LB…' | 0.90  | (:User)-[:PURCHASED]->(:Item {…})     |

:param {known: 'new'};

// --- recommend, returning
ORDER BY toInteger(row.score * 1e12) DESC, item.id
WITH collect({item: item, row: row, path: path}) AS rows
WITH rows, reduce(kept = [], one IN rows | CASE
  WHEN length(one.path) = 2 AND size(kept) < 4 AND NOT nodes(one.path)[1] IN kept
  THEN kept + nodes(one.path)[1]
  ELSE kept
END) AS kept
UNWIND rows AS one
WITH one.item AS item, one.row AS row, one.path AS path, kept
RETURN
  item.id AS id,
  item.title AS title,
  row.score AS score,
  CASE
    WHEN length(path) < 2 OR nodes(path)[1] IN kept THEN path
    ELSE coalesce(head(COLLECT {
      MATCH picture = (from)-[near:CO_PURCHASED|FOLLOWED_BY]->(item)
      WHERE from IN kept
      RETURN picture
      ORDER BY near.weight DESC
      LIMIT 1
    }), item)
  END AS picture
ORDER BY toInteger(score * 1e12) DESC, id;
