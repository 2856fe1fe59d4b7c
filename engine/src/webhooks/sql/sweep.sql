-- Deletes up to $2 deliveries that were made before $1, with all attempts: one that was sent once more has some that are younger,
-- and nobody who is erased would be found in them any more. Tells how many were deleted.
WITH old AS MATERIALIZED (
    SELECT d.merchant_id, d.id
    FROM webhook_deliveries AS d
    WHERE d.created_at < $1
    LIMIT $2
    FOR UPDATE OF d SKIP LOCKED
), gone AS (
    DELETE FROM webhook_deliveries AS d
    USING old
    WHERE d.merchant_id = old.merchant_id AND d.id = old.id
    RETURNING d.merchant_id, d.id
), attempt AS (
    DELETE FROM webhook_attempts AS a
    USING gone
    WHERE a.merchant_id = gone.merchant_id AND a.delivery_id = gone.id
)
SELECT count(*) AS deleted FROM gone
