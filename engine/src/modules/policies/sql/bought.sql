-- These purchases ($2) of merchant $1 that have a customer, with when they came to the customer, whether they are the
-- customer's first, and what was returned of them, in the order of their arrival. What was imported happened before the
-- program did, and counts for nothing.
SELECT
    p.id,
    coalesce(p.customer_id, c.customer_id) AS customer_id,
    coalesce(c.claimed_at, p.received_at) AS since,
    coalesce(c.facts ->> 'first_purchase', p.facts ->> 'first_purchase', 'false')::boolean AS first_purchase,
    p.lines,
    s.state,
    coalesce(r.complete, false) AS complete
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT p.id, p.customer_id, p.received_at, p.facts, p.lines
    FROM purchases AS p
    WHERE p.merchant_id = $1 AND p.id = asked.id AND p.source <> 'import'
    LIMIT 1
) AS p
LEFT JOIN LATERAL (
    SELECT c.customer_id, c.claimed_at, c.facts
    FROM claims AS c
    WHERE c.merchant_id = $1 AND c.purchase_id = p.id AND c.customer_id IS NOT NULL
    LIMIT 1
) AS c ON true
LEFT JOIN LATERAL (
    SELECT s.state FROM return_states AS s WHERE s.merchant_id = $1 AND s.purchase_id = p.id LIMIT 1
) AS s ON true
LEFT JOIN LATERAL (
    SELECT bool_or(r.complete) AS complete FROM returns AS r WHERE r.merchant_id = $1 AND r.purchase_id = p.id
) AS r ON s.state IS NOT NULL
WHERE coalesce(p.customer_id, c.customer_id) IS NOT NULL
ORDER BY p.id
