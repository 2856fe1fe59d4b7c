-- One event of merchant $1, by its key.
SELECT key, source, id, type, occurred_at, received_at, state, changed_at, outcome, problem::text AS problem,
    left(data::text, 65536) AS excerpt
FROM inbox
WHERE merchant_id = $1 AND key = $2
