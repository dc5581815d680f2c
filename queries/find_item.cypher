// Items by words of their titles, the best match first.
//
// words  what stands in the title, as Lucene reads it: milk, milk AND white, mil*, milc~
// k      how many
//
// | id       | title                   | popularity | why                            |
// | '995242' | 'Fluid Milk White Only' | 204.7      | 'Its title has these words.'   |

:param {words: 'milk', k: 10};

CYPHER 5
OPTIONAL CALL () {
  CALL db.index.fulltext.queryNodes('item_title', $words) YIELD node AS item, score
  WHERE item.id IS NOT NULL
  RETURN item, score
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  item.popularity AS popularity,
  CASE
    WHEN item IS NULL THEN "No title has these words. Try mil* or milc~."
    ELSE "Its title has these words."
  END AS why
ORDER BY score DESC, popularity DESC, id;
