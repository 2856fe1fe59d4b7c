-- Redemptions and vouchers of customer $2 of merchant $1 are $3's, who is held to no limit for what the other one took. They
-- are locked, and so are the balances of both. Tells how many redemptions, and how many vouchers that can be used.
WITH redemption AS (
    UPDATE redemptions SET customer_id = $3, taken_as = coalesce(taken_as, $2) WHERE merchant_id = $1 AND customer_id = $2
    RETURNING id
), voucher AS (
    UPDATE vouchers SET customer_id = $3 WHERE merchant_id = $1 AND customer_id = $2
    RETURNING state
)
SELECT
    (SELECT count(*) FROM redemption) AS redemptions,
    (SELECT count(*) FROM voucher WHERE state IN ('issued', 'reserved')) AS vouchers
