-- Events of merchant $1 before key $3, newest first; of state $2, when that is given.
SELECT key, source, id, type, occurred_at, received_at, state, changed_at, outcome, problem::text AS problem,
    left(data::text, 4000) AS excerpt
FROM inbox
WHERE merchant_id = $1
    AND ($2::text IS NULL OR state = $2)
    AND ($3::uuid IS NULL OR key < $3)
ORDER BY key DESC
LIMIT $4
