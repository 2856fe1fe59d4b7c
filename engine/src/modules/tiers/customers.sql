-- How many customers of merchant $1 stand on each tier. Who has no row, or none in it, stands on the tier that everybody
-- has, where there is one.
SELECT stands.tier_id, stands.customers
FROM (
    SELECT coalesce(m.tier_id, base.id) AS tier_id, sum(m.customers)::bigint AS customers
    FROM (
        SELECT tier_id, count(*) AS customers FROM tier_memberships WHERE merchant_id = $1 GROUP BY tier_id
        UNION ALL
        SELECT NULL, (SELECT count(*) FROM customers WHERE merchant_id = $1 AND merged_into IS NULL)
                   - (SELECT count(*) FROM tier_memberships WHERE merchant_id = $1)
    ) AS m
    LEFT JOIN (SELECT id FROM tiers WHERE merchant_id = $1 AND threshold = 0) AS base ON true
    GROUP BY 1
) AS stands
LEFT JOIN tiers AS t ON t.merchant_id = $1 AND t.id = stands.tier_id
WHERE stands.customers > 0
ORDER BY t.threshold NULLS FIRST
