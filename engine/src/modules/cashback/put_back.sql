-- Puts cashback of customer $2 of merchant $1, in the currency $3, back into these lots ($4), each as far as it may still
-- hold it, and tells how much that was. The customer's balance is locked.
WITH back AS MATERIALIZED (
    SELECT l.purchase_id, l.offer_id, least(back.amount, l.amount - l.returned - l.remaining) AS amount
    FROM jsonb_to_recordset($4::jsonb) AS back (purchase_id uuid, offer_id uuid, amount bigint)
    CROSS JOIN LATERAL (
        SELECT * FROM cashback_lots AS l
        WHERE l.merchant_id = $1 AND l.purchase_id = back.purchase_id AND l.offer_id = back.offer_id
        LIMIT 1
    ) AS l
), lot AS (
    UPDATE cashback_lots AS l SET remaining = l.remaining + back.amount
    FROM back
    WHERE l.merchant_id = $1 AND l.purchase_id = back.purchase_id AND l.offer_id = back.offer_id AND back.amount > 0
), total AS MATERIALIZED (
    SELECT coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint AS amount FROM back
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount + total.amount
    FROM total
    WHERE w.merchant_id = $1 AND w.customer_id = $2 AND w.currency = $3
)
SELECT amount FROM total
