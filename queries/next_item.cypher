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

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL CALL (user) {
  MATCH (user)-[bought:PURCHASED]->(latest:Item)
  WITH user, latest, coalesce(bought.lastAt, bought.at, bought.firstAt, 0) AS lastAt
  ORDER BY lastAt DESC, latest.id
  LIMIT 10
  WITH user, collect(latest) AS latest
  UNWIND range(0, size(latest) - 1) AS place
  WITH user, latest[place] AS held, 0.7 ^ place AS pull
  MATCH (held)-[near:FOLLOWED_BY]->(item:Item)
  WITH
    user,
    item,
    sum(pull * near.weight) AS strength,
    collect(coalesce(held.title, held.id)) AS after
  ORDER BY strength DESC, item.id
  WITH user, item, strength, after // so ordered, few are looked up in the history
  WHERE item.id IS NOT NULL AND NOT EXISTS { (user)-[:PURCHASED]->(item) }
  RETURN item, strength, after
  LIMIT toInteger($k)
}
RETURN
  item.id AS id,
  item.title AS title,
  strength,
  after[..3] AS after,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN item IS NULL THEN "Nothing new follows what this user had last."
    ELSE "Often taken after " + after[0] + "."
  END AS why
ORDER BY strength DESC, id;
