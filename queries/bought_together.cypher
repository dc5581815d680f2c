// What stands in the same baskets as an item, and how much more often than by chance.
//
// In Neo4j Browser, run these lines first:
// :param item => '995242'
// :param k => 10
//
// support is the number of baskets with both, lift how many times more that is than if
// the two had nothing to do with each other; the path draws the picture.
//
// | id        | title              | support | lift | weight | path |
// | '1082185' | 'Bananas, 40 LB …' | 2212    | 1.9  | 0.17   | (…)  |

CYPHER 5
MATCH path = (held:Item {id: $item})-[near:CO_PURCHASED]->(item:Item)
WHERE item.id IS NOT NULL
RETURN
  item.id AS id,
  item.title AS title,
  near.support AS support,
  near.lift AS lift,
  near.weight AS weight,
  path
ORDER BY weight DESC, id
LIMIT toInteger($k);
