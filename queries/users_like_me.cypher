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

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL CALL (user) {
  MATCH (user)-[:PURCHASED]->(item:Item)
  WITH user, item, 1 / log(1 + COUNT { (item)<-[:PURCHASED]-() }) AS rare
  ORDER BY rare DESC, item.id
  MATCH (item)<-[:PURCHASED]-(other:User)
  WHERE other <> user AND other.id IS NOT NULL
  WITH other, count(*) AS shared, sum(rare) AS likeness, collect(item)[..3] AS items
  RETURN other, shared, likeness, items
  ORDER BY likeness DESC, other.id
  LIMIT toInteger($k)
}
RETURN
  other.id AS id,
  shared,
  likeness,
  [item IN items | coalesce(item.title, item.id)] AS items,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN other IS NULL THEN "Nobody else bought any of the same items."
    ELSE "Bought " + shared + " of the same items."
  END AS why
ORDER BY likeness DESC, id;
