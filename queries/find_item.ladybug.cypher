// Items by words of their titles, the best match first.
//
// words  what stands in the title, as Lucene reads it: milk, milk AND white, mil*, milc~
// k      how many
//
// | id       | title                   | popularity | why                            |
// | '995242' | 'Fluid Milk White Only' | 204.7      | 'Its title has these words.'   |

:param {words: 'milk', k: 10};

MATCH (item:Item)
WHERE lower(item.title) CONTAINS lower($words)
RETURN
  item.id AS id,
  item.title AS title,
  item.popularity AS popularity,
  'Its title has these words.' AS why
ORDER BY popularity DESC, id
LIMIT $k;
