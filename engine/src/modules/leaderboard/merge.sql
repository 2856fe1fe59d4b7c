-- What customer $2 of merchant $1 has on the leaderboard is $3's: purchases, scores of every period, and not being seen, if
-- either does not want to be. Whose purchases they were are $3's by now. Tells each place that one of them leaves or takes,
-- for the trees. The merchant's row of leaderboards is locked where there is one.
WITH mine AS MATERIALIZED (
    SELECT p.id FROM purchases AS p WHERE p.merchant_id = $1 AND p.customer_id = $3
    UNION ALL
    SELECT c.purchase_id FROM claims AS c WHERE c.merchant_id = $1 AND c.customer_id = $3
), counted AS (
    UPDATE leaderboard_counted AS t SET customer_id = $3
    FROM mine
    WHERE t.merchant_id = $1 AND t.purchase_id = mine.id AND t.customer_id = $2
), hidden AS MATERIALIZED (
    SELECT min(hidden_at) AS hidden_at FROM leaderboard_hidden WHERE merchant_id = $1 AND customer_id IN ($2, $3)
), before AS MATERIALIZED (
    SELECT
        period, starts_on,
        sum(score)::bigint AS score,
        coalesce(sum(score) FILTER (WHERE customer_id = $2 AND NOT is_hidden), 0)::bigint AS ended,
        coalesce(sum(score) FILTER (WHERE customer_id = $3 AND NOT is_hidden), 0)::bigint AS stayed
    FROM leaderboard_scores
    WHERE merchant_id = $1 AND customer_id IN ($2, $3)
    GROUP BY period, starts_on
), gone AS (
    DELETE FROM leaderboard_scores WHERE merchant_id = $1 AND customer_id = $2
), shown AS (
    DELETE FROM leaderboard_hidden WHERE merchant_id = $1 AND customer_id = $2
), hides AS (
    INSERT INTO leaderboard_hidden (merchant_id, customer_id, hidden_at)
    SELECT $1, $3, hidden_at FROM hidden WHERE hidden_at IS NOT NULL
    ON CONFLICT (merchant_id, customer_id) DO NOTHING
), scored AS (
    INSERT INTO leaderboard_scores (merchant_id, customer_id, period, starts_on, score, is_hidden)
    SELECT $1, $3, before.period, before.starts_on, before.score, hidden.hidden_at IS NOT NULL
    FROM before
    CROSS JOIN hidden
    ORDER BY before.period, before.starts_on
    ON CONFLICT (merchant_id, customer_id, period, starts_on)
        DO UPDATE SET score = excluded.score, is_hidden = excluded.is_hidden
)
SELECT period, starts_on, ended AS old_score, 0::bigint AS new_score FROM before
UNION ALL
SELECT before.period, before.starts_on, before.stayed, CASE WHEN hidden.hidden_at IS NULL THEN before.score ELSE 0 END
FROM before
CROSS JOIN hidden
