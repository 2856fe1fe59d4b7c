-- Folds messages into daily totals and deletes them, in one statement.
-- Rows are upserted in key order, so that two consumers cannot deadlock. A message without days is an error, not nothing to do.
WITH taken AS (
    DELETE FROM outbox
    -- An array, so that the sub-select runs once: within IN it could be repeated and take more than it may.
    WHERE id = ANY (ARRAY(
        SELECT id FROM outbox
        WHERE module = 'statistics' AND parked_at IS NULL AND ($2::bigint IS NULL OR id = $2)
        ORDER BY id
        LIMIT $1
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING merchant_id, payload
), folded AS (
    SELECT
        taken.merchant_id,
        (day ->> 'date')::date AS date,
        (day ->> 'retailer')::uuid AS retailer_id,
        sum((day ->> 'purchases')::bigint)::bigint AS purchases,
        sum((day ->> 'amount')::bigint)::bigint AS amount,
        sum((day ->> 'points')::bigint)::bigint AS points
    FROM taken CROSS JOIN LATERAL jsonb_array_elements(coalesce(taken.payload -> 'days', 'null')) AS day
    GROUP BY 1, 2, 3
), upserted AS (
    INSERT INTO daily_totals AS total (merchant_id, date, retailer_id, purchases, amount, points)
    SELECT merchant_id, date, retailer_id, purchases, amount, points
    FROM folded
    ORDER BY merchant_id, date, retailer_id
    ON CONFLICT (merchant_id, date, retailer_id) DO UPDATE SET
        purchases = total.purchases + excluded.purchases,
        amount = total.amount + excluded.amount,
        points = total.points + excluded.points
    RETURNING 1
)
SELECT count(*) FROM taken
