-- Events of merchant $1 before key $6, newest first; of state $2, type $3, source $4 and id $5, as far as they are given.
SELECT key, source, id, type, occurred_at, received_at, state, changed_at, outcome, problem::text AS problem,
    left(data::text, 4000) AS excerpt
FROM inbox
WHERE merchant_id = $1
    AND ($2::text IS NULL OR state = $2)
    AND ($3::text IS NULL OR type = $3)
    AND ($4::text IS NULL OR source = $4)
    AND ($5::text IS NULL OR id = $5)
    AND ($6::uuid IS NULL OR key < $6)
ORDER BY key DESC
LIMIT $7
