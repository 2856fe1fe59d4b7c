-- A new redemption $2 of merchant $1 with its first step; $13, $14 and $15 say who redeemed.
WITH redemption AS (
    INSERT INTO redemptions (
        merchant_id, id, customer_id, reward_id, kind, terms, points, taken, state, held_until, from_stock, created_at,
        changed_at, actor_name)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $15)
)
INSERT INTO redemption_steps (merchant_id, redemption_id, state, posting_id, at, actor, actor_id, actor_name)
VALUES ($1, $2, $9, $2, $12, $13, $14, $15)
