-- The same for references by id: an id counts only within its own merchant.
SELECT asked.place, c.id AS customer_id
FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (merchant_id, id, place)
CROSS JOIN LATERAL (
    SELECT c.id
    FROM customers AS c
    WHERE c.merchant_id = asked.merchant_id
      AND c.id = asked.id
    LIMIT 1
) AS c
