-- Until when the points without a day of these customers ($2) of merchant $1, whose zone is $3, can be spent, when
-- $4 months without activity take them; $5 is the local day, $6 now.
--
-- An activity is that somebody earned or spent points. What has waited counts on the day on which it could first be spent,
-- whenever the job that lets it mature comes by, also before it has. So nothing here depends on when jobs run: the points
-- live until the first time that nothing followed for long enough, or, where that has not been, that long after the last
-- activity. Inactivity counts from the day on which the merchant chose it.
--
-- Only what was posted since is looked at: what lived then lived by the last activity that was posted.
WITH until AS MATERIALIZED (
    SELECT asked.customer_id, gone.until
    FROM unnest($2::uuid[]) AS asked (customer_id)
    CROSS JOIN (SELECT expiry_since FROM merchants WHERE id = $1) AS merchant
    LEFT JOIN LATERAL (
        SELECT entry.sequence, entry.posted_at
        FROM entries AS entry
        WHERE entry.merchant_id = $1
          AND entry.customer_id = asked.customer_id
          AND entry.kind IN ('purchase', 'claim', 'opening', 'redemption')
        ORDER BY entry.sequence DESC
        LIMIT 1
    ) AS done ON true
    -- What matured before that, by its entry, could be spent before that, too.
    CROSS JOIN LATERAL (
        SELECT max(pending.matures_at) AS matures_at
        FROM entries AS entry
        JOIN pending_points AS pending
            ON pending.merchant_id = entry.merchant_id
            AND pending.purchase_id = entry.purchase_id
            AND pending.maturity_id = entry.posting_id
        WHERE entry.merchant_id = $1
          AND entry.customer_id = asked.customer_id
          AND entry.kind = 'maturity'
          AND entry.sequence > coalesce(done.sequence, 0)
    ) AS matured
    CROSS JOIN LATERAL (
        SELECT greatest(
            merchant.expiry_since,
            (done.posted_at AT TIME ZONE $3::text)::date,
            (matured.matures_at AT TIME ZONE $3::text)::date) AS day
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
                  AND pending.customer_id = asked.customer_id
                  AND pending.waiting > 0
                  AND pending.matures_at <= $6::timestamptz
                  AND (pending.matures_at AT TIME ZONE $3::text)::date > last.day
            ) AS active (day)
        ) AS span
    ) AS gone
)
