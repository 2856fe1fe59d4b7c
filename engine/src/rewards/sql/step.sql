-- Redemption $2 of merchant $1, whose row is locked, comes to the state $3, by the posting $4 at $5; $6, $7 and $8 say who
-- brought it there.
WITH step AS (
    INSERT INTO redemption_steps (merchant_id, redemption_id, round, state, posting_id, at, actor, actor_id, actor_name)
    SELECT $1, $2, r.round, $3, $4, $5, $6, $7, $8
    FROM redemptions AS r
    WHERE r.merchant_id = $1 AND r.id = $2
)
UPDATE redemptions SET state = $3, changed_at = $5 WHERE merchant_id = $1 AND id = $2
