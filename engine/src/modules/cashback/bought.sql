-- These purchases ($2) of merchant $1, each with who claimed it and when, in the order of their arrival.
SELECT p.*, c.customer_id AS claimant, c.claimed_at
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM purchases AS p
    WHERE p.merchant_id = $1
      AND p.id = asked.id
    LIMIT 1
) AS p
LEFT JOIN LATERAL (
    SELECT c.customer_id, c.claimed_at FROM claims AS c
    WHERE c.merchant_id = $1
      AND c.purchase_id = asked.id
    LIMIT 1
) AS c ON true
ORDER BY p.id
