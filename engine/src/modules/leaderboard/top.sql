-- Those who stand highest in period $2, which began on $3, of merchant $1: behind score $4 and customer $5 where given, at
-- most $6. `rank` is of the first row and counts those with a higher score; `place` how many stand before it in the list.
WITH page AS MATERIALIZED (
    SELECT s.customer_id, s.score
    FROM leaderboard_scores AS s
    WHERE s.merchant_id = $1 AND s.period = $2 AND s.starts_on = $3 AND NOT s.is_hidden AND s.score > 0
      AND ($4::bigint IS NULL OR s.score < $4 OR (s.score = $4 AND s.customer_id > $5))
    ORDER BY s.score DESC, s.customer_id
    LIMIT $6
), first AS MATERIALIZED (
    SELECT score, customer_id FROM page ORDER BY score DESC, customer_id LIMIT 1
), above AS MATERIALIZED (
    SELECT coalesce(sum(higher.customers), 0)::bigint AS customers
    FROM first
    CROSS JOIN generate_series(0, 6) AS level (level)
    CROSS JOIN LATERAL (
        SELECT sum(n.customers) AS customers
        FROM leaderboard_nodes AS n
        WHERE n.merchant_id = $1 AND n.period = $2 AND n.starts_on = $3 AND n.level = level.level
          AND n.key > first.score >> (8 * level.level)
          AND n.key < ((first.score >> (8 * (level.level + 1))) + 1) << 8
    ) AS higher
), tied AS MATERIALIZED (
    -- Nobody pages beyond the thousandth, so that these are few.
    SELECT count(*) AS customers
    FROM (
        SELECT
        FROM leaderboard_scores AS s, first
        WHERE s.merchant_id = $1 AND s.period = $2 AND s.starts_on = $3 AND NOT s.is_hidden AND s.score > 0
          AND s.score = first.score AND s.customer_id < first.customer_id
        LIMIT 1000
    ) AS before
)
SELECT page.customer_id, page.score, c.name, above.customers AS above, tied.customers AS tied
FROM page
CROSS JOIN above
CROSS JOIN tied
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = page.customer_id LIMIT 1
) AS c ON true
ORDER BY page.score DESC, page.customer_id
