-- The customers of merchant $1 who brought most between the local days $2 and $3 in zone $4, at most $5.
SELECT
    c.customer_id, c.code, customer.name, c.disabled_at IS NOT NULL AS is_banned,
    coalesce(v.clicks, 0)::bigint AS clicks,
    coalesce(r.registered, 0)::bigint AS registered,
    coalesce(r.qualified, 0)::bigint AS qualified,
    coalesce(r.rewarded, 0)::bigint AS rewarded
FROM (
    SELECT code, sum(clicks) AS clicks
    FROM referral_visits
    WHERE merchant_id = $1 AND day BETWEEN $2 AND $3
    GROUP BY code
) AS v
FULL JOIN (
    SELECT
        r.code,
        count(*) AS registered,
        count(r.qualified_at) AS qualified,
        count(r.rewarded_at) AS rewarded
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.state <> 'rejected'
      AND (r.registered_at AT TIME ZONE $4)::date BETWEEN $2 AND $3
    GROUP BY r.code
) AS r ON r.code = v.code
CROSS JOIN LATERAL (
    SELECT c.customer_id, c.code, c.disabled_at
    FROM referral_codes AS c
    WHERE c.merchant_id = $1 AND c.code = coalesce(r.code, v.code)
    LIMIT 1
) AS c
LEFT JOIN LATERAL (
    SELECT name FROM customers AS m WHERE m.merchant_id = $1 AND m.id = c.customer_id LIMIT 1
) AS customer ON true
ORDER BY registered DESC, clicks DESC, c.customer_id
LIMIT $5
