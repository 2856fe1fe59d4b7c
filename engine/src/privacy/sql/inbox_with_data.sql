-- Up to $3 events of merchant $1 that still have data, after key $2, locked: those that wait and those that were refused.
SELECT key, type, data::text AS data, coalesce(problem::text, '') AS problem
FROM inbox
WHERE merchant_id = $1 AND key > $2 AND state IN ('received', 'refused') AND data IS NOT NULL
ORDER BY key
LIMIT $3
FOR NO KEY UPDATE
