-- Puts the oldest dead letters of module $2 of merchant $1 back into its queue, at most $3; those that somebody else is
-- putting back at this moment are passed over. Tells how many that were, and how many are left.
WITH oldest AS (
    SELECT id
    FROM dead_letters
    WHERE merchant_id = $1 AND module = $2
    ORDER BY id
    LIMIT $3
    FOR UPDATE SKIP LOCKED
), letter AS (
    DELETE FROM dead_letters AS d
    USING oldest
    WHERE d.merchant_id = $1 AND d.module = $2 AND d.id = oldest.id
    RETURNING d.merchant_id, d.module, d.id, d.payload, d.enqueued_at
), message AS (
    INSERT INTO queue (merchant_id, module, payload, enqueued_at)
    SELECT merchant_id, module, payload, enqueued_at FROM letter ORDER BY id
)
SELECT
    (SELECT count(*) FROM letter) AS retried,
    (SELECT count(*) FROM dead_letters WHERE merchant_id = $1 AND module = $2) - (SELECT count(*) FROM letter) AS remaining
