-- Takes back so much ($6) of the money in currency $5 that customer $4 of merchant $1 was given by award $2 of policy $3, as far
-- as it is still there. The customer's balance is locked.
WITH lot AS MATERIALIZED (
    SELECT l.month, least($6, l.amount - l.returned) AS back, least($6, l.remaining) AS taken
    FROM cashback_lots AS l
    WHERE l.merchant_id = $1 AND l.purchase_id = $2 AND l.offer_id = $3
), lowered AS (
    UPDATE cashback_lots AS l SET returned = l.returned + lot.back, remaining = l.remaining - lot.taken
    FROM lot
    WHERE l.merchant_id = $1 AND l.purchase_id = $2 AND l.offer_id = $3
), used AS (
    UPDATE cashback_month_uses AS u SET used = u.used - lot.back
    FROM lot
    WHERE u.merchant_id = $1 AND u.customer_id = $4 AND u.offer_id = $3 AND u.month = lot.month
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount - lot.taken
    FROM lot
    WHERE w.merchant_id = $1 AND w.customer_id = $4 AND w.currency = $5
)
SELECT taken FROM lot
