-- What waits of the customers $2 of merchant $1, each of whom is named once: summed by the merchant's day, soonest first,
-- at most $3 days of each.
SELECT customer.id, soon.matures_at, soon.points
FROM merchants AS merchant
CROSS JOIN unnest($2::uuid[]) AS customer (id)
CROSS JOIN LATERAL (
    SELECT max(part.matures_at) AS matures_at, sum(part.waiting)::int8 AS points
    FROM pending_points AS part
    WHERE part.merchant_id = merchant.id AND part.customer_id = customer.id AND part.waiting > 0
    GROUP BY (part.matures_at AT TIME ZONE merchant.time_zone)::date
    ORDER BY max(part.matures_at)
    LIMIT $3
) AS soon
WHERE merchant.id = $1
ORDER BY customer.id, soon.matures_at
