-- These customers ($2) of merchant $1 and where they stand.
SELECT c.customer_id, c.name, c.created_at, m.tier_id, m.since, m.kept_until, m.pinned_until, m.manual, m.due_on, m.moves
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.id AS customer_id, c.name, c.created_at
    FROM customers AS c
    WHERE c.merchant_id = $1 AND c.id = asked.id
    LIMIT 1
) AS c
LEFT JOIN LATERAL (
    SELECT * FROM tier_memberships AS m WHERE m.merchant_id = $1 AND m.customer_id = asked.id LIMIT 1
) AS m ON true
ORDER BY c.customer_id
