-- Whose these purchases ($2) of merchant $1 are.
SELECT DISTINCT coalesce(p.customer_id, c.customer_id) AS customer_id
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT p.id, p.customer_id FROM purchases AS p WHERE p.merchant_id = $1 AND p.id = asked.id LIMIT 1
) AS p
LEFT JOIN LATERAL (
    SELECT c.customer_id FROM claims AS c WHERE c.merchant_id = $1 AND c.purchase_id = p.id LIMIT 1
) AS c ON true
WHERE coalesce(p.customer_id, c.customer_id) IS NOT NULL
