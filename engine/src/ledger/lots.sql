-- The lots of these customers of merchant $1 that hold something; what has no day is in their balances. Their balances are locked, so that nobody changes them.
SELECT l.customer_id, l.expires_on, l.remaining
FROM unnest($2::uuid[]) AS asked (customer_id)
CROSS JOIN LATERAL (
    SELECT l.customer_id, l.expires_on, l.remaining
    FROM lots AS l
    WHERE l.merchant_id = $1
      AND l.customer_id = asked.customer_id
      AND l.remaining > 0
    ORDER BY l.expires_on
) AS l
