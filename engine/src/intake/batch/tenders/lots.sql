-- The lots of these customers that hold something. Their balances are locked, so that nobody changes them.
SELECT asked.merchant_id, asked.customer_id, l.expires_on, l.remaining
FROM unnest($1::uuid[], $2::uuid[]) AS asked (merchant_id, customer_id)
CROSS JOIN LATERAL (
    SELECT l.expires_on, l.remaining
    FROM spendable AS l
    WHERE l.merchant_id = asked.merchant_id
      AND l.customer_id = asked.customer_id
      AND l.remaining > 0
) AS l
