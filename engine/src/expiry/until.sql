-- Until when the points without a day of customers of merchant $1, whose zone is $3, can be spent, when $4 months without
-- activity take them; $5 is the local day, $6 now. Their last activity is in `activity`.
--
-- Also what has not matured yet counts on the day on which it could first be spent. So nothing here depends on when jobs run:
-- the points live until the first time that nothing followed for long enough, or, where that has not been, that long after
-- the last activity. Inactivity counts from the day on which the merchant chose it.
--
-- Only what was posted since is looked at: what lived then lived by the last activity that was posted.
, until AS MATERIALIZED (
    SELECT activity.customer_id, gone.until
    FROM activity
    CROSS JOIN (SELECT expiry_since FROM merchants WHERE id = $1) AS merchant
    CROSS JOIN LATERAL (
        SELECT greatest(
            merchant.expiry_since,
            (activity.posted_at AT TIME ZONE $3::text)::date,
            (activity.matures_at AT TIME ZONE $3::text)::date) AS day
    ) AS last
    CROSS JOIN LATERAL (
        SELECT coalesce(min(span.until) FILTER (WHERE span.next > span.until), max(span.until)) AS until
        FROM (
            SELECT
                (active.day + make_interval(months => $4::int4))::date AS until,
                lead(active.day, 1, $5::date) OVER (ORDER BY active.day) AS next
            FROM (
                SELECT last.day WHERE last.day IS NOT NULL
                UNION ALL
                SELECT (pending.matures_at AT TIME ZONE $3::text)::date
                FROM pending_points AS pending
                WHERE pending.merchant_id = $1
                  AND pending.customer_id = activity.customer_id
                  AND pending.waiting > 0
                  AND pending.matures_at <= $6::timestamptz
                  AND (pending.matures_at AT TIME ZONE $3::text)::date > last.day
            ) AS active (day)
        ) AS span
    ) AS gone
)
