// What keeps items from being recommended: no neighbours, no vector, no title, and so on.
//
// Every item is read. noVector counts items without any live encoder's vector.
//
// | what                  | items | share | example   | why                                |
// | 'nothing leads to it' | 41203 | 0.45  | '1000050' | 'The walk never comes there: vec…' |

CYPHER 5
CALL () {
  MATCH (model:Model {kind: 'encoder', status: 'live'})
  RETURN collect(model.property) AS properties
}
MATCH (item:Item)
WHERE item.id IS NOT NULL
WITH
  item.id AS id,
  NOT EXISTS { (item)<-[:PURCHASED]-() } AS unsold,
  NOT EXISTS { (item)<-[:CO_PURCHASED|FOLLOWED_BY]-() } AS unreached,
  NOT EXISTS { (item)-[:CO_PURCHASED|FOLLOWED_BY]->() } AS alone,
  all(property IN properties WHERE item[property] IS NULL) AS blank,
  NOT EXISTS { (item)-[:IN_CATEGORY]->() } AS loose,
  coalesce(item.title, '') = '' AS untitled
WITH count(*) AS all, [
  {what: 'never bought', n: count(CASE WHEN unsold THEN 1 END),
    one: min(CASE WHEN unsold THEN id END),
    why: "No history leads there: content vectors may."},
  {what: 'nothing leads to it', n: count(CASE WHEN unreached THEN 1 END),
    one: min(CASE WHEN unreached THEN id END),
    why: "The walk never comes there: vectors or popularity may."},
  {what: 'leads nowhere', n: count(CASE WHEN alone THEN 1 END),
    one: min(CASE WHEN alone THEN id END),
    why: "Having it gives the walk nothing to go by."},
  {what: 'no vector', n: count(CASE WHEN blank THEN 1 END),
    one: min(CASE WHEN blank THEN id END),
    why: "No live encoder knows it: publish one anew."},
  {what: 'no category', n: count(CASE WHEN loose THEN 1 END),
    one: min(CASE WHEN loose THEN id END),
    why: "Rules on categories leave it out."},
  {what: 'no title', n: count(CASE WHEN untitled THEN 1 END),
    one: min(CASE WHEN untitled THEN id END),
    why: "Nobody can read what it is, and no title is searched."}
] AS wanting
UNWIND wanting AS one
RETURN
  one.what AS what,
  one.n AS items,
  toFloat(one.n) / all AS share,
  one.one AS example,
  one.why AS why
ORDER BY items DESC, what;
