-- Which of the points that mature late were gone before the job came by: those of customers $2 of merchant $1, whose zone is
-- $3, that could be spent from $6 on, when $4 months without activity take them. $5 is the local day, $7 now. Answers with
-- the place of each and the last day on which it could be spent.
SELECT due.place, gone.until
FROM unnest($2::uuid[], $6::timestamptz[]) WITH ORDINALITY AS due (customer_id, matures_at, place)
CROSS JOIN (SELECT expiry_since FROM merchants WHERE id = $1) AS merchant
CROSS JOIN LATERAL (
    SELECT min(span.until) FILTER (WHERE span.next > span.until) AS until
    FROM (
        SELECT
            (active.day + make_interval(months => $4::int4))::date AS until,
            lead(active.day, 1, $5::date) OVER (ORDER BY active.day) AS next
        FROM (
            SELECT greatest(merchant.expiry_since, (activity.instant AT TIME ZONE $3::text)::date) AS day
            FROM (
                SELECT due.matures_at
                UNION ALL
                SELECT other.matures_at
                FROM pending_points AS other
                WHERE other.merchant_id = $1
                  AND other.customer_id = due.customer_id
                  AND other.waiting > 0
                  AND other.matures_at > due.matures_at
                  AND other.matures_at <= $7::timestamptz
                UNION ALL
                SELECT entry.posted_at
                FROM entries AS entry
                WHERE entry.merchant_id = $1
                  AND entry.customer_id = due.customer_id
                  AND entry.kind IN ('purchase', 'claim', 'opening', 'redemption', 'merge')
                  AND entry.posted_at > due.matures_at
            ) AS activity (instant)
        ) AS active
    ) AS span
) AS gone
WHERE gone.until IS NOT NULL
