-- The voucher of redemption $2 of merchant $1, whose row is locked, has come back with its purchase at $5: the redemption begins
-- another round in the state $3, by the posting $4, if any; $6, $7 and $8 say who returned the purchase.
WITH redemption AS (
    UPDATE redemptions AS r SET state = $3, round = r.round + 1, changed_at = $5
    WHERE r.merchant_id = $1 AND r.id = $2
    RETURNING r.round
)
INSERT INTO redemption_steps (merchant_id, redemption_id, round, state, posting_id, at, actor, actor_id, actor_name)
SELECT $1, $2, redemption.round, $3, $4, $5, $6, $7, $8
FROM redemption
