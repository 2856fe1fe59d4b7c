-- Empties the lots of these customers ($2) of merchant $1 that are over by $3, takes that from their wallets, and tells
-- how much it was. Their balances are locked.
WITH due AS MATERIALIZED (
    SELECT l.purchase_id, l.offer_id, l.customer_id, l.currency, l.remaining
    FROM unnest($2::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT * FROM cashback_lots AS l
        WHERE l.merchant_id = $1
          AND l.customer_id = asked.id
          AND l.remaining > 0
          AND l.expires_at <= $3
    ) AS l
), lot AS (
    UPDATE cashback_lots AS l SET remaining = 0, expired = l.expired + due.remaining
    FROM due
    WHERE l.merchant_id = $1 AND l.purchase_id = due.purchase_id AND l.offer_id = due.offer_id
), gone AS MATERIALIZED (
    SELECT customer_id, currency, sum(remaining)::bigint AS amount FROM due GROUP BY customer_id, currency
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount - gone.amount
    FROM gone
    WHERE w.merchant_id = $1 AND w.customer_id = gone.customer_id AND w.currency = gone.currency
)
SELECT customer_id, currency, amount FROM gone ORDER BY customer_id, currency
