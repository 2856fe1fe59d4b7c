-- The same for references by id: an id counts only within its own merchant.
SELECT asked.place, c.id AS customer_id, b.customer_id IS NOT NULL AS has_balance
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (merchant_id, id, place)
JOIN customers AS c
  ON c.merchant_id = asked.merchant_id
 AND c.id = asked.id
LEFT JOIN balances AS b
  ON b.merchant_id = c.merchant_id
 AND b.customer_id = c.id
