-- I2: a stored balance is the sum of its entries, per account; what was ever earned is the sum of what was earned, less what returns took
-- back; what waits is the sum of what waits of each purchase; the event counter is that of the last entry or later.
-- Of whoever has an entry from $3 on; of everybody when that is the first of all ids.
WITH touched AS (
    SELECT DISTINCT customer_id FROM entries WHERE merchant_id = $1 AND posting_id >= $3::uuid AND customer_id IS NOT NULL
), summed AS (
    SELECT
        customer_id,
        coalesce(sum(amount) FILTER (WHERE account = 'available'), 0) AS available,
        coalesce(sum(amount) FILTER (WHERE account = 'pending'), 0) AS pending,
        coalesce(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved,
        coalesce(sum(amount) FILTER (WHERE kind IN ('purchase', 'claim', 'return')), 0) AS lifetime,
        max(sequence) AS sequence
    FROM entries
    WHERE merchant_id = $1 AND customer_id IS NOT NULL AND unit = 'points'
      AND ($3 = '00000000-0000-0000-0000-000000000000' OR customer_id IN (SELECT customer_id FROM touched))
    GROUP BY customer_id
), waiting AS (
    SELECT customer_id, sum(waiting) AS waiting
    FROM pending_points
    WHERE merchant_id = $1 AND waiting > 0
      AND ($3 = '00000000-0000-0000-0000-000000000000' OR customer_id IN (SELECT customer_id FROM touched))
    GROUP BY customer_id
), compared AS (
    SELECT
        customer_id,
        coalesce(balance.pending, 0) - coalesce(waiting.waiting, 0) AS waiting,
        coalesce(balance.available, 0) - coalesce(summed.available, 0) AS available,
        coalesce(balance.pending, 0) - coalesce(summed.pending, 0) AS pending,
        coalesce(balance.reserved, 0) - coalesce(summed.reserved, 0) AS reserved,
        coalesce(balance.lifetime, 0) - coalesce(summed.lifetime, 0) AS lifetime,
        coalesce(balance.sequence, 0) < coalesce(summed.sequence, 0) AS behind
    FROM (SELECT * FROM balances WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR customer_id IN (SELECT customer_id FROM touched))) AS balance
    FULL JOIN summed USING (customer_id)
    FULL JOIN waiting USING (customer_id)
), wrong AS (
    SELECT * FROM compared WHERE available <> 0 OR pending <> 0 OR reserved <> 0 OR lifetime <> 0 OR waiting <> 0 OR behind
)
SELECT
    (SELECT count(*) FROM compared),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object(
            'subject', 'customer ' || customer_id,
            'detail', format('balance minus entries: available %s, pending %s, reserved %s, lifetime %s%s%s', available, pending, reserved, lifetime,
                CASE WHEN waiting <> 0 THEN format(', minus what waits of purchases: %s', waiting) ELSE '' END,
                CASE WHEN behind THEN ', event counter behind' ELSE '' END)))
        FROM (SELECT * FROM wrong ORDER BY customer_id LIMIT $2) AS first
    )
