-- The same as the list, of events with id $7 of any source: newest first before key $5; of state $2, type $3 and source $4, as far as they are given.
SELECT key, source, id, type, occurred_at, received_at, state, changed_at, outcome, problem::text AS problem,
    left(data::text, 4000) AS excerpt
FROM inbox
WHERE merchant_id = $1 AND id = $7
    AND ($2::text IS NULL OR state = $2)
    AND ($3::text IS NULL OR type = $3)
    AND ($4::text IS NULL OR source = $4)
    AND ($5::uuid IS NULL OR key < $5)
ORDER BY key DESC
LIMIT $6
