-- Takes up to $4 of what else customer $2 of merchant $1 has in the currency $3 at $5, in the order in which it is spent and
-- what waits last, and tells how much that was. The customer's balance is locked.
WITH open AS MATERIALIZED (
    SELECT l.purchase_id, l.offer_id, l.remaining,
           sum(l.remaining) OVER (
               ORDER BY l.spendable_from > $5, l.expires_at NULLS LAST, l.purchase_id, l.offer_id) - l.remaining AS before
    FROM cashback_lots AS l
    WHERE l.merchant_id = $1 AND l.customer_id = $2 AND l.currency = $3 AND l.remaining > 0
      AND (l.expires_at IS NULL OR l.expires_at > $5)
), part AS MATERIALIZED (
    SELECT purchase_id, offer_id, least(remaining, $4 - before)::bigint AS taken
    FROM open
    WHERE before < $4
), lot AS (
    UPDATE cashback_lots AS l SET remaining = l.remaining - part.taken
    FROM part
    WHERE l.merchant_id = $1 AND l.purchase_id = part.purchase_id AND l.offer_id = part.offer_id
), total AS MATERIALIZED (
    SELECT coalesce(sum(taken), 0)::bigint AS taken FROM part
), wallet AS (
    UPDATE cashback_wallets AS w SET amount = w.amount - total.taken
    FROM total
    WHERE w.merchant_id = $1 AND w.customer_id = $2 AND w.currency = $3
)
SELECT taken FROM total
