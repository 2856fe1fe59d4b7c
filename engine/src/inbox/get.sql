-- One event of merchant $1, by source and id.
SELECT key, source, id, type, occurred_at, received_at, state, changed_at, outcome, problem::text AS problem,
    left(data::text, 4000) AS excerpt
FROM inbox
WHERE merchant_id = $1 AND source = $2 AND id = $3
