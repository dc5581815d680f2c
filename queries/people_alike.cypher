// People like one person, by the live vectors of a model: the nearest by cosine.
//
// user   id of a person, a text
// model  name of an encoder; null: the one that serves the part gnn
// k      how many
//
// | id     | cosine | shared | why                                         |
// | '1364' | 0.93   | 41     | 'Near by filter_v1, with 41 items in common.' |

:param {user: '1', model: null, k: 10};

CYPHER 5
OPTIONAL MATCH (user:User {id: toString($user)})
OPTIONAL CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  WHERE model.name = $model OR $model IS NULL AND model.part = 'gnn'
  RETURN model
  ORDER BY coalesce(model.servedSince, model.trainedAt) DESC, model.name DESC
  LIMIT 1
}
OPTIONAL CALL (user, model) {
  WITH user, model.userIndex AS index, user[model.property] AS vector
  WHERE vector IS NOT NULL AND index IS NOT NULL
  CALL db.index.vector.queryNodes(index, toInteger($k) + 1, vector) YIELD node AS other, score
  WHERE other <> user AND other.id IS NOT NULL
  WITH user, other, 2 * score - 1 AS cosine
  ORDER BY cosine DESC, other.id
  LIMIT toInteger($k)
  WITH *, COLLECT { MATCH (user)-[:PURCHASED]->(item:Item) RETURN item } AS mine
  RETURN other, cosine, COUNT {
    MATCH (other)-[:PURCHASED]->(item:Item)
    WHERE item IN mine
  } AS shared
}
RETURN
  other.id AS id,
  cosine,
  shared,
  CASE
    WHEN user IS NULL THEN "There is no such user. Ids are texts, such as '1'."
    WHEN model IS NULL THEN "No such vectors are live: basketweave models"
    WHEN model.userIndex IS NULL
      THEN model.name + "_v" + model.version + " has no index over people yet: publish it anew."
    WHEN other IS NULL THEN "This user has no vector of " + model.name + "_v" + model.version + "."
    ELSE "Near by " + model.name + "_v" + model.version + ", with " + shared + " items in common."
  END AS why
ORDER BY cosine DESC, id;
