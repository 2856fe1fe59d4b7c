-- I8 of tiers: every purchase counts once, with what it earned and what was paid, less what was returned of it; progress is
-- the sum of that; every move was written once and the last one led to where the customer stands. What a message that waits
-- is about is not counted yet, and not compared; everything else is.
, counted AS (
    SELECT
        'purchase ' || coalesce(t.purchase_id, b.id) AS subject,
        CASE
            WHEN b.id IS NULL THEN 'counts, and is nobody''s'
            WHEN t.purchase_id IS NULL THEN 'does not count'
            WHEN t.customer_id <> b.customer_id THEN format('counts for customer %s, is of %s', t.customer_id, b.customer_id)
            WHEN (t.points, t.spend, t.purchases) <> (b.points, b.spend, b.purchases)
                THEN format('counts %s points, %s spent, %s purchases; is %s, %s, %s',
                            t.points, t.spend, t.purchases, b.points, b.spend, b.purchases)
        END AS fault
    FROM (SELECT * FROM tier_counted WHERE merchant_id = $1) AS t
    FULL JOIN (
        SELECT
            p.id,
            coalesce(p.customer_id, c.customer_id) AS customer_id,
            coalesce(c.points, p.points) - coalesce(e.points, 0) AS points,
            coalesce((p.tenders ->> 'paid')::bigint, p.amount) - coalesce(r.paid_back, 0) AS spend,
            CASE WHEN r.complete THEN 0 ELSE 1 END AS purchases
        FROM purchases AS p
        LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id AND c.customer_id IS NOT NULL
        LEFT JOIN (
            SELECT purchase_id, sum(coalesce(paid_back, amount)) AS paid_back, bool_or(complete) AS complete
            FROM returns
            WHERE merchant_id = $1
            GROUP BY purchase_id
        ) AS r ON r.purchase_id = p.id
        LEFT JOIN (
            SELECT purchase_id, sum(amount) AS points
            FROM entries
            WHERE merchant_id = $1 AND kind = 'return' AND account = 'issued'
            GROUP BY purchase_id
        ) AS e ON e.purchase_id = p.id
        WHERE p.merchant_id = $1 AND coalesce(p.customer_id, c.customer_id) IS NOT NULL
    ) AS b ON b.id = t.purchase_id
    WHERE EXISTS (SELECT FROM tier_ladders WHERE merchant_id = $1 AND swept_at IS NOT NULL)
      AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.purchase_id = coalesce(t.purchase_id, b.id))
), summed AS (
    SELECT
        format('customer %s, %s', customer_id, day) AS subject,
        CASE WHEN (a.points, a.spend, a.purchases) IS DISTINCT FROM (s.points, s.spend, s.purchases)
             THEN format('progress of %s points, %s spent, %s purchases; its purchases count %s, %s, %s',
                         a.points, a.spend, a.purchases, s.points, s.spend, s.purchases) END AS fault
    FROM (SELECT customer_id, day, points, spend, purchases FROM tier_activity WHERE merchant_id = $1) AS a
    FULL JOIN (
        SELECT customer_id, day, sum(points)::bigint AS points, sum(spend)::bigint AS spend, sum(purchases)::bigint AS purchases
        FROM tier_counted
        WHERE merchant_id = $1
        GROUP BY customer_id, day
    ) AS s USING (customer_id, day)
), moved AS (
    SELECT
        'customer ' || coalesce(m.customer_id, last.customer_id) AS subject,
        CASE
            WHEN m.customer_id IS NULL THEN 'was moved, and stands nowhere'
            WHEN m.tier_id IS NOT NULL AND t.id IS NULL THEN format('stands on tier %s, which there is not', m.tier_id)
            WHEN m.tier_id IS NULL AND base.id IS NOT NULL THEN 'has no tier, where everybody has one'
            WHEN coalesce(last.moves, 0) <> m.moves OR coalesce(last.number, 0) <> m.moves
                THEN format('%s moves, numbered to %s, counted %s', coalesce(last.moves, 0), coalesce(last.number, 0), m.moves)
            WHEN last.number IS NOT NULL AND last.to_tier IS DISTINCT FROM m.tier_id
                THEN format('stands on %s, was last moved to %s', coalesce(t.terms ->> 'name', 'no tier'), coalesce(last.to_name, 'no tier'))
            WHEN m.due_on IS NULL AND (m.kept_until IS NOT NULL OR m.pinned_until IS NOT NULL) THEN 'has a period that nobody ends'
        END AS fault
    FROM (SELECT * FROM tier_memberships WHERE merchant_id = $1) AS m
    FULL JOIN (
        SELECT DISTINCT ON (customer_id)
            customer_id, number, to_tier, to_name, count(*) OVER (PARTITION BY customer_id) AS moves
        FROM tier_moves AS t
        -- Where somebody stood whose account ended by a merge is history.
        WHERE t.merchant_id = $1
          AND NOT EXISTS (
              SELECT FROM customers AS c WHERE c.merchant_id = $1 AND c.id = t.customer_id AND c.merged_into IS NOT NULL)
        ORDER BY customer_id, number DESC
    ) AS last ON last.customer_id = m.customer_id
    LEFT JOIN tiers AS t ON t.merchant_id = $1 AND t.id = m.tier_id
    LEFT JOIN tiers AS base ON base.merchant_id = $1 AND base.threshold = 0
), looked AS (
    SELECT * FROM counted UNION ALL SELECT * FROM summed UNION ALL SELECT * FROM moved
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
