-- Customers $2 of merchant $1: their e-mail, and whether the first that was heard of them was an imported purchase.
SELECT c.id, identity.value AS email, coalesce(first.source = 'import', false) AS imported
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (SELECT id FROM customers AS c WHERE c.merchant_id = $1 AND c.id = asked.id AND c.erased_at IS NULL AND c.merged_into IS NULL LIMIT 1) AS c
LEFT JOIN LATERAL (
    SELECT i.value
    FROM customer_identities AS i
    WHERE i.merchant_id = $1 AND i.customer_id = asked.id AND i.kind = 'email' AND i.place = 0
    LIMIT 1
) AS identity ON true
LEFT JOIN LATERAL (
    SELECT p.source
    FROM purchases AS p
    WHERE p.merchant_id = $1 AND p.customer_id = asked.id
    ORDER BY p.id
    LIMIT 1
) AS first ON true
ORDER BY c.id
