-- The cashback of these customers that can be spent at $3. Their balances are locked, so that nobody changes it.
SELECT asked.merchant_id, l.customer_id, l.purchase_id, l.offer_id, l.currency, l.remaining, l.expires_at
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, customer_id)
CROSS JOIN LATERAL (
    SELECT l.customer_id, l.purchase_id, l.offer_id, l.currency, l.remaining, l.expires_at
    FROM cashback_lots AS l
    WHERE l.merchant_id = asked.merchant_id
      AND l.customer_id = asked.customer_id
      AND l.remaining > 0
      AND l.spendable_from <= $3
      AND (l.expires_at IS NULL OR l.expires_at > $3)
) AS l
