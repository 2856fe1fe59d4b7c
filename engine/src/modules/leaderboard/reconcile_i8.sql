-- I8 of leaderboards: every purchase counts once, with what it earned less what was returned of it; scores are the sums of
-- that, and the trees count exactly those who can be seen. What a message that waits is about is not counted yet, and not
-- compared; everything else is.
, kept AS MATERIALIZED (
    SELECT kept_week, kept_month, swept_at, counted_at FROM leaderboards WHERE merchant_id = $1
), counted AS (
    SELECT
        'purchase ' || coalesce(t.purchase_id, b.id) AS subject,
        CASE
            WHEN b.id IS NULL THEN 'counts for a leaderboard, and is nobody''s'
            WHEN t.purchase_id IS NULL THEN 'does not count for the leaderboard'
            WHEN t.customer_id <> b.customer_id
                THEN format('counts for customer %s on the leaderboard, is of %s', t.customer_id, b.customer_id)
            WHEN t.points <> b.points THEN format('counts %s points on the leaderboard, earned %s', t.points, b.points)
        END AS fault
    FROM (SELECT * FROM leaderboard_counted WHERE merchant_id = $1) AS t
    FULL JOIN (
        SELECT p.id, coalesce(p.customer_id, c.customer_id) AS customer_id,
               coalesce(c.points, p.points) - coalesce(e.points, 0) AS points
        FROM purchases AS p
        LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id AND c.customer_id IS NOT NULL
        LEFT JOIN (
            SELECT purchase_id, sum(amount) AS points
            FROM entries
            WHERE merchant_id = $1 AND kind = 'return' AND account = 'issued'
            GROUP BY purchase_id
        ) AS e ON e.purchase_id = p.id
        WHERE p.merchant_id = $1 AND coalesce(p.customer_id, c.customer_id) IS NOT NULL
    ) AS b ON b.id = t.purchase_id
    WHERE EXISTS (SELECT FROM kept WHERE swept_at IS NOT NULL AND counted_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.purchase_id = coalesce(t.purchase_id, b.id))
), sums AS (
    SELECT t.customer_id, of.period, of.starts_on, sum(t.points)::bigint AS score
    FROM leaderboard_counted AS t
    CROSS JOIN kept
    CROSS JOIN LATERAL (
        VALUES
            ('ever', date '0001-01-01', true),
            ('week', date_trunc('week', t.day::timestamp)::date, date_trunc('week', t.day::timestamp)::date >= kept_week),
            ('month', date_trunc('month', t.day::timestamp)::date, date_trunc('month', t.day::timestamp)::date >= kept_month)
    ) AS of (period, starts_on, is_kept)
    WHERE t.merchant_id = $1 AND of.is_kept
    GROUP BY 1, 2, 3
), scored AS (
    SELECT
        format('customer %s, %s of %s', customer_id, period, starts_on) AS subject,
        CASE
            WHEN coalesce(s.score, 0) <> coalesce(sums.score, 0)
                THEN format('has a score of %s; the purchases count %s', coalesce(s.score, 0), coalesce(sums.score, 0))
            WHEN s.is_hidden IS NOT NULL AND s.is_hidden <> (h.customer_id IS NOT NULL) THEN 'is hidden, or not, unlike the customer'
        END AS fault
    FROM (SELECT customer_id, period, starts_on, score, is_hidden FROM leaderboard_scores WHERE merchant_id = $1) AS s
    FULL JOIN sums USING (customer_id, period, starts_on)
    LEFT JOIN (SELECT customer_id FROM leaderboard_hidden WHERE merchant_id = $1) AS h USING (customer_id)
), standing AS (
    SELECT
        format('%s of %s, level %s, %s', period, starts_on, level, key) AS subject,
        CASE WHEN coalesce(n.customers, 0) <> coalesce(s.customers, 0)
             THEN format('counts %s customers; %s have such a score', coalesce(n.customers, 0), coalesce(s.customers, 0)) END AS fault
    FROM (SELECT period, starts_on, level::integer AS level, key, customers FROM leaderboard_nodes WHERE merchant_id = $1) AS n
    FULL JOIN (
        SELECT period, starts_on, level.level, score >> (8 * level.level) AS key, count(*) AS customers
        FROM leaderboard_scores
        CROSS JOIN generate_series(0, 6) AS level (level)
        WHERE merchant_id = $1 AND NOT is_hidden AND score > 0
        GROUP BY 1, 2, 3, 4
    ) AS s USING (period, starts_on, level, key)
), looked AS (
    SELECT * FROM counted UNION ALL SELECT * FROM scored UNION ALL SELECT * FROM standing
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
