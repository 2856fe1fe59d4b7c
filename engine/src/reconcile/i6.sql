-- I6: nobody is below zero without a debt; what limits and budgets have counted is what purchases took of them, less what returns gave back,
-- and what the purchases were given; no budget has given more than any published version of its promotion allowed.
-- Of whoever has an entry from $3 on and of the purchases from there; the sums of limits and budgets when that is the first of all ids.
WITH touched AS (
    SELECT DISTINCT customer_id FROM entries WHERE merchant_id = $1 AND posting_id >= $3::uuid AND customer_id IS NOT NULL AND $3 <> '00000000-0000-0000-0000-000000000000'
), account AS (
    SELECT 'customer ' || customer_id AS subject,
           CASE WHEN available < -debt THEN format('available %s with a debt of %s', available, debt) END AS fault
    FROM balances
    LEFT JOIN touched USING (customer_id)
    WHERE merchant_id = $1 AND ($3 = '00000000-0000-0000-0000-000000000000' OR touched.customer_id IS NOT NULL)
), counted AS (
    SELECT 'customer ' || customer_id AS subject,
           CASE WHEN coalesce(stored.used, 0) <> coalesce(booked.used, 0)
                THEN format('has had %s points of promotion %s in the %s of %s, purchases say %s',
                            coalesce(stored.used, 0), promotion_id, period, begins_on, coalesce(booked.used, 0)) END AS fault
    FROM (SELECT customer_id, promotion_id, period, begins_on, used FROM promotion_uses WHERE merchant_id = $1 AND $3 = '00000000-0000-0000-0000-000000000000') AS stored
    FULL JOIN (
        SELECT customer_id, promotion_id, period, begins_on, sum(points - returned) AS used
        FROM promotion_bookings
        WHERE merchant_id = $1 AND period IS NOT NULL AND $3 = '00000000-0000-0000-0000-000000000000'
        GROUP BY customer_id, promotion_id, period, begins_on
    ) AS booked USING (customer_id, promotion_id, period, begins_on)
), allowed AS (
    SELECT promotion_id, max((terms -> 'budget' ->> 'points')::bigint) AS points
    FROM promotion_versions
    WHERE merchant_id = $1 AND published_at IS NOT NULL
    GROUP BY promotion_id
), budget AS (
    SELECT 'promotion ' || promotion_id AS subject,
           CASE
               WHEN coalesce(stored.used, 0) <> coalesce(booked.used, 0)
                   THEN format('its budget has given %s points, purchases say %s', coalesce(stored.used, 0), coalesce(booked.used, 0))
               WHEN stored.used > coalesce(allowed.points, 0)
                   THEN format('its budget of %s points has given %s', coalesce(allowed.points, 0), stored.used)
           END AS fault
    FROM (SELECT promotion_id, used FROM promotion_budgets WHERE merchant_id = $1 AND $3 = '00000000-0000-0000-0000-000000000000') AS stored
    FULL JOIN (
        SELECT promotion_id, sum(points - returned) AS used
        FROM promotion_bookings
        WHERE merchant_id = $1 AND budget AND $3 = '00000000-0000-0000-0000-000000000000'
        GROUP BY promotion_id
    ) AS booked USING (promotion_id)
    LEFT JOIN allowed USING (promotion_id)
), booking AS (
    SELECT 'purchase ' || booking.purchase_id AS subject,
           CASE WHEN booking.points IS DISTINCT FROM given.points
                THEN format('counts with %s points of promotion %s, was given %s', booking.points, booking.promotion_id, given.points) END AS fault
    FROM promotion_bookings AS booking
    LEFT JOIN purchases AS purchase ON purchase.merchant_id = $1 AND purchase.id = booking.purchase_id
    LEFT JOIN claims AS claim ON claim.merchant_id = $1 AND claim.purchase_id = booking.purchase_id AND claim.claimed_at IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(sum((award ->> 'points')::bigint), 0)::bigint AS points
        FROM (
            SELECT json_array_elements(line -> 'applied') AS award
            FROM json_array_elements(coalesce(claim.lines, purchase.lines)) AS line
            UNION ALL
            SELECT json_array_elements(coalesce(claim.applied, purchase.applied))
        ) AS award
        WHERE award ->> 'promotion_id' = booking.promotion_id::text
    ) AS given
    WHERE booking.merchant_id = $1 AND booking.purchase_id >= $3
), looked AS (
    SELECT * FROM account
    UNION ALL SELECT * FROM counted
    UNION ALL SELECT * FROM budget
    UNION ALL SELECT * FROM booking
), wrong AS (
    SELECT * FROM looked WHERE fault IS NOT NULL
)
SELECT
    (SELECT count(*) FROM looked),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
