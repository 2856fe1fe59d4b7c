-- Puts cashback of customer $2 of merchant $1, in the currency $3, back into these lots ($4), each as far as it may still
-- hold it, and tells how much that was. It repays first what is owed. The customer's balance is locked.
WITH back AS MATERIALIZED (
    SELECT back.place, l.purchase_id, l.offer_id,
           greatest(least(back.amount, l.amount - l.returned + l.covered - l.remaining), 0) AS amount
    FROM jsonb_to_recordset($4::jsonb) AS back (place bigint, purchase_id uuid, offer_id uuid, amount bigint)
    CROSS JOIN LATERAL (
        SELECT * FROM cashback_lots AS l
        WHERE l.merchant_id = $1 AND l.purchase_id = back.purchase_id AND l.offer_id = back.offer_id
        LIMIT 1
    ) AS l
), part AS MATERIALIZED (
    SELECT back.purchase_id, back.offer_id, back.amount,
           least(back.amount, greatest(w.owed - (sum(back.amount) OVER (ORDER BY back.place) - back.amount), 0)) AS repaid
    FROM back
    CROSS JOIN (
        SELECT coalesce(sum(w.owed), 0) AS owed
        FROM cashback_wallets AS w
        WHERE w.merchant_id = $1 AND w.customer_id = $2 AND w.currency = $3
    ) AS w
), lot AS (
    UPDATE cashback_lots AS l SET remaining = l.remaining + part.amount - part.repaid
    FROM part
    WHERE l.merchant_id = $1 AND l.purchase_id = part.purchase_id AND l.offer_id = part.offer_id AND part.amount > part.repaid
), total AS MATERIALIZED (
    SELECT coalesce(sum(amount), 0)::bigint AS amount, coalesce(sum(repaid), 0)::bigint AS repaid FROM part
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount + total.amount - total.repaid, owed = w.owed - total.repaid
    FROM total
    WHERE w.merchant_id = $1 AND w.customer_id = $2 AND w.currency = $3
)
SELECT amount FROM total
