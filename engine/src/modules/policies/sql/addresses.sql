-- What these customers ($2) of merchant $1 are called, and their addresses.
SELECT c.id, c.name, i.value AS email
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.id, c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = asked.id LIMIT 1
) AS c
LEFT JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = $1 AND i.customer_id = c.id AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS i ON true
