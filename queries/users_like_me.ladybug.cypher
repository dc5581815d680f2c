// Users who bought the same items, those that few bought counting most.
//
// user  id of a person, a text
// k     how many
//
// Each shared item adds 1 / ln(1 + its buyers) (Adamic and Adar 2003).
//
// | id     | shared | likeness | items                          | why                       |
// | '1364' | 41     | 9.7      | ['Gum (Packaged) (National)',… | 'Bought 41 of the same …' |

:param {user: '1', k: 10};

MATCH (user:User {id: $user})-[:PURCHASED]->(item:Item)
WITH DISTINCT user, item
MATCH (item)<-[:PURCHASED]-(buyer:User)
WITH user, item, 1 / ln(1 + count(DISTINCT buyer.id)) AS rare
ORDER BY rare DESC, item.id
SKIP 0
MATCH (item)<-[:PURCHASED]-(other:User)
WHERE other.id <> user.id
WITH DISTINCT item, rare, other
WITH
  other,
  count(*) AS shared,
  sum(rare) AS likeness,
  collect(coalesce(item.title, item.id)) AS items
RETURN
  other.id AS id,
  shared,
  likeness,
  items[1:3] AS items,
  'Bought ' + string(shared) + ' of the same items.' AS why
ORDER BY likeness DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  user.id AS id,
  CAST(NULL AS INT64) AS shared,
  CAST(NULL AS DOUBLE) AS likeness,
  CAST(NULL AS STRING[]) AS items,
  "There is no such user. Ids are texts, such as '1'." AS why;
