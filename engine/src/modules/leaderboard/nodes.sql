-- Moves customers of merchant $1 in the trees of their scores: one in period $2 that began on $3 went from score $4 to $5,
-- the next likewise. A score of nothing is no place. Rows that come to nothing stay: their score is likely to come again.
WITH delta AS MATERIALIZED (
    SELECT moved.period, moved.starts_on, level.level, step.score >> (8 * level.level) AS key, sum(step.customers)::bigint AS customers
    FROM unnest($2::text[], $3::date[], $4::bigint[], $5::bigint[]) AS moved (period, starts_on, old_score, new_score)
    CROSS JOIN generate_series(0, 6) AS level (level)
    CROSS JOIN LATERAL (VALUES (moved.old_score, -1), (moved.new_score, 1)) AS step (score, customers)
    WHERE step.score > 0
    GROUP BY 1, 2, 3, 4
)
INSERT INTO leaderboard_nodes (merchant_id, period, starts_on, level, key, customers)
SELECT $1, delta.period, delta.starts_on, delta.level, delta.key, coalesce(there.customers, 0) + delta.customers
FROM delta
LEFT JOIN LATERAL (
    SELECT n.customers
    FROM leaderboard_nodes AS n
    WHERE n.merchant_id = $1 AND n.period = delta.period AND n.starts_on = delta.starts_on AND n.level = delta.level
      AND n.key = delta.key
    LIMIT 1
) AS there ON true
WHERE delta.customers <> 0
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (merchant_id, period, starts_on, level, key) DO UPDATE SET customers = excluded.customers
