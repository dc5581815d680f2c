// Users who bought the same items, those that few bought counting most.
//
// In Neo4j Browser, run these lines first:
// :param user => '1'
// :param k => 10
//
// Each shared item adds 1 / ln(1 + its buyers) (Adamic and Adar 2003).
//
// | id     | shared | likeness | items                                 |
// | '1364' | 41     | 9.7      | ['Gum (Packaged) (National)', …]      |

CYPHER 5
MATCH (user:User {id: $user})-[:PURCHASED]->(item:Item)
WITH user, item, 1 / log(1 + COUNT { (item)<-[:PURCHASED]-() }) AS rare
ORDER BY rare DESC, item.id
MATCH (item)<-[:PURCHASED]-(other:User)
WHERE other <> user AND other.id IS NOT NULL
WITH other, count(*) AS shared, sum(rare) AS likeness, collect(item)[..3] AS items
ORDER BY likeness DESC, other.id
LIMIT toInteger($k)
RETURN
  other.id AS id,
  shared,
  likeness,
  [item IN items | item.title] AS items
ORDER BY likeness DESC, id;
