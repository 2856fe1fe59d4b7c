-- Customers of merchant $1 behind $2, at most $3, where they stand, and whether anything counts for them: of $4 in 256
-- customers, by the last byte of the id, which is random.
SELECT
    c.customer_id, c.name, c.created_at,
    m.tier_id, m.since, m.kept_until, m.pinned_until, m.manual, m.due_on, m.moves,
    a.active IS NOT NULL AS is_active
FROM (
    SELECT id AS customer_id, name, created_at
    FROM customers
    WHERE merchant_id = $1 AND id > $2 AND merged_into IS NULL AND get_byte(uuid_send(id), 15) < $4
    ORDER BY id
    LIMIT $3
) AS c
LEFT JOIN LATERAL (
    SELECT * FROM tier_memberships AS m WHERE m.merchant_id = $1 AND m.customer_id = c.customer_id LIMIT 1
) AS m ON true
LEFT JOIN LATERAL (
    SELECT true AS active FROM tier_activity AS a WHERE a.merchant_id = $1 AND a.customer_id = c.customer_id LIMIT 1
) AS a ON true
ORDER BY c.customer_id
