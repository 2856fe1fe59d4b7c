-- Turns messages into notifications (a hint and nothing more) and deletes them, in one statement.
-- A payload is the merchant, a space, and the customers separated by commas, or * for all of them.
WITH taken AS (
    DELETE FROM outbox
    -- An array, so that the sub-select runs once: within IN it could be repeated and take more than it may.
    WHERE id = ANY (ARRAY(
        SELECT id FROM outbox
        WHERE module = 'live' AND parked_at IS NULL AND ($2::bigint IS NULL OR id = $2)
        ORDER BY id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING merchant_id, payload
), told AS (
    SELECT pg_notify(
        'perennial_live',
        taken.merchant_id || ' ' || coalesce(
            CASE WHEN jsonb_typeof(taken.payload -> 'customers') = 'array' THEN
                (SELECT string_agg(customer, ',') FROM jsonb_array_elements_text(taken.payload -> 'customers') AS customer)
            END,
            '*'))
    FROM taken
)
SELECT count(*) FROM told
