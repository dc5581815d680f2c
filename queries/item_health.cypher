// What keeps items from being recommended: no neighbours, no vector, no title, and so on.
//
// Every item is read. noVector counts items without any live encoder's vector.
//
// | what                            | items | share | some               | why           |
// | 'nothing leads to it'           | 41203 | 0.45  | ['1000050', '100…' | 'Only popul…' |

CYPHER 5
CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  RETURN collect(model.property) AS properties
}
MATCH (item:Item)
WHERE item.id IS NOT NULL
WITH
  item,
  [what IN [
    CASE WHEN coalesce(item.title, '') = '' THEN 'no title' END,
    CASE WHEN NOT EXISTS { (item)-[:IN_CATEGORY]->() } THEN 'no category' END,
    CASE WHEN NOT EXISTS { (item)<-[:PURCHASED]-() } THEN 'never bought' END,
    CASE WHEN NOT EXISTS { (item)<-[:CO_PURCHASED|FOLLOWED_BY]-() }
      THEN 'nothing leads to it' END,
    CASE WHEN NOT EXISTS { (item)-[:CO_PURCHASED|FOLLOWED_BY]->() }
      THEN 'leads nowhere' END,
    CASE WHEN all(property IN properties WHERE item[property] IS NULL)
      THEN 'no vector' END
  ] WHERE what IS NOT NULL] AS wanting
WITH collect({id: item.id, wanting: wanting}) AS every
UNWIND ['never bought', 'nothing leads to it', 'leads nowhere', 'no vector', 'no category',
  'no title'] AS what
WITH what, size(every) AS all, [one IN every WHERE what IN one.wanting | one.id] AS ids
RETURN
  what,
  size(ids) AS items,
  toFloat(size(ids)) / all AS share,
  ids[..3] AS some,
  CASE what
    WHEN 'never bought' THEN "No history leads there: content vectors may."
    WHEN 'nothing leads to it' THEN "The walk never comes there: vectors or popularity may."
    WHEN 'leads nowhere' THEN "Having it gives the walk nothing to go by."
    WHEN 'no vector' THEN "No live encoder knows it: publish one anew."
    WHEN 'no category' THEN "Rules on categories leave it out."
    ELSE "Nobody can read what it is, and no title is searched."
  END AS why
ORDER BY items DESC, what;
