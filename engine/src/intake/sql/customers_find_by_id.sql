-- The same for references by id: an id counts only within its own merchant.
SELECT asked.place, c.id AS customer_id, b.customer_id IS NOT NULL AS has_balance
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (merchant_id, id, place)
CROSS JOIN LATERAL (
    SELECT c.id
    FROM customers AS c
    WHERE c.merchant_id = asked.merchant_id
      AND c.id = asked.id
    LIMIT 1
) AS c
LEFT JOIN LATERAL (
    SELECT b.customer_id
    FROM balances AS b
    WHERE b.merchant_id = asked.merchant_id
      AND b.customer_id = c.id
    LIMIT 1
) AS b ON true
