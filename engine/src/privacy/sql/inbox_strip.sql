-- Gives the events $2 of merchant $1 the data $3; an empty text discards one at $4, with the problem $5 and its dead letter
-- of module $6.
WITH given AS (
    SELECT key, nullif(data, '') AS data FROM unnest($2::uuid[], $3::text[]) AS given (key, data)
), letter AS (
    DELETE FROM dead_letters AS l
    USING given
    WHERE given.data IS NULL AND l.merchant_id = $1 AND l.module = $6 AND l.payload = jsonb_build_object('event', given.key)
)
UPDATE inbox AS e
SET data       = given.data::json,
    state      = CASE WHEN given.data IS NULL THEN 'discarded' ELSE e.state END,
    problem    = CASE WHEN given.data IS NULL THEN $5 ELSE e.problem END,
    changed_at = CASE WHEN given.data IS NULL THEN $4 ELSE e.changed_at END
FROM given
WHERE e.merchant_id = $1 AND e.key = given.key
