// What a user is likely to take next: where FOLLOWED_BY leads from their latest items.
//
// user  id of a person, a text
// k     how many
//
// The latest ten items count, each .7 of the one after it; items bought before are
// left out.
//
// | id       | title                       | strength | after             | why             |
// | '840361' | 'Eggs - Large, 1 DZ (…)'    | 0.42     | ['Fluid Milk, …'] | 'Often taken …' |

:param {user: '1', k: 10};

MATCH (user:User {id: $user})-[bought:PURCHASED]->(latest:Item)
WITH user, latest, max(bought.at) AS lastAt
ORDER BY lastAt DESC, latest.id
LIMIT 10
WITH user, collect(latest.id) AS latest
UNWIND latest AS one
MATCH (held:Item {id: one})-[near:FOLLOWED_BY]->(item:Item)
WITH user, item, held, near, pow(0.7, list_position(latest, one) - 1) AS pull
ORDER BY pull DESC
SKIP 0
WITH
  user,
  item,
  sum(pull * near.weight) AS strength,
  collect(coalesce(held.title, held.id)) AS after
WHERE NOT EXISTS { MATCH (user)-[:PURCHASED]->(item) }
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  after[1:3] AS after,
  'Often taken after ' + after[1] + '.' AS why
ORDER BY strength DESC, id
LIMIT $k
UNION ALL
OPTIONAL MATCH (user:User {id: $user})
WITH user
WHERE user.id IS NULL
RETURN
  user.id AS id,
  CAST(NULL AS STRING) AS title,
  CAST(NULL AS DOUBLE) AS strength,
  CAST(NULL AS STRING[]) AS after,
  "There is no such user. Ids are texts, such as '1'." AS why;
