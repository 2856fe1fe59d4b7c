-- Hides customer $2 of merchant $1 ($3 true), or shows the customer again, in every period that is kept. Tells each place
-- that the customer leaves or takes, for the trees. The merchant's row of leaderboards is locked where there is one.
WITH hidden AS (
    INSERT INTO leaderboard_hidden (merchant_id, customer_id, hidden_at)
    SELECT $1, $2, $4 WHERE $3
    ON CONFLICT (merchant_id, customer_id) DO NOTHING
), shown AS (
    DELETE FROM leaderboard_hidden WHERE merchant_id = $1 AND customer_id = $2 AND NOT $3
)
UPDATE leaderboard_scores
SET is_hidden = $3
WHERE merchant_id = $1 AND customer_id = $2 AND is_hidden <> $3
RETURNING period, starts_on, CASE WHEN $3 THEN score ELSE 0 END AS old_score, CASE WHEN $3 THEN 0 ELSE score END AS new_score
