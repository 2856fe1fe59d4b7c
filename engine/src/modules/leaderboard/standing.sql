-- Where customer $4 of merchant $1 stands in period $2, which began on $3. No row for a customer whom the merchant does
-- not have.
SELECT
    c.name,
    hidden.customer_id IS NOT NULL AS is_hidden,
    coalesce(own.score, 0) AS score,
    (SELECT coalesce(sum(higher.customers), 0)::bigint
     FROM generate_series(0, 6) AS level (level)
     CROSS JOIN LATERAL (
         SELECT sum(n.customers) AS customers
         FROM leaderboard_nodes AS n
         WHERE n.merchant_id = $1 AND n.period = $2 AND n.starts_on = $3 AND n.level = level.level
           AND n.key > own.score >> (8 * level.level)
           AND n.key < ((own.score >> (8 * (level.level + 1))) + 1) << 8
     ) AS higher) AS above,
    (SELECT s.score
     FROM leaderboard_scores AS s
     WHERE s.merchant_id = $1 AND s.period = $2 AND s.starts_on = $3 AND NOT s.is_hidden AND s.score > 0
       AND s.score > coalesce(own.score, 0)
     ORDER BY s.score
     LIMIT 1) AS next_score,
    (SELECT coalesce(sum(n.customers), 0)::bigint
     FROM leaderboard_nodes AS n
     WHERE n.merchant_id = $1 AND n.period = $2 AND n.starts_on = $3 AND n.level = 6) AS customers,
    EXISTS (SELECT FROM leaderboards AS l WHERE l.merchant_id = $1 AND l.counted_at IS NULL) AS is_counting
FROM customers AS c
LEFT JOIN LATERAL (
    SELECT s.score
    FROM leaderboard_scores AS s
    WHERE s.merchant_id = $1 AND s.customer_id = $4 AND s.period = $2 AND s.starts_on = $3
    LIMIT 1
) AS own ON true
LEFT JOIN LATERAL (
    SELECT h.customer_id FROM leaderboard_hidden AS h WHERE h.merchant_id = $1 AND h.customer_id = $4 LIMIT 1
) AS hidden ON true
WHERE c.merchant_id = $1 AND c.id = $4
