-- Each local day from $2 to $3 of merchant $1 in zone $4: clicks, and who came, bought and was rewarded for.
SELECT
    day::date AS day,
    coalesce(v.clicks, 0)::bigint AS clicks,
    coalesce(r.registered, 0)::bigint AS registered,
    coalesce(q.qualified, 0)::bigint AS qualified,
    coalesce(w.rewarded, 0)::bigint AS rewarded
FROM generate_series($2::date, $3::date, interval '1 day') AS day
LEFT JOIN (
    SELECT v.day AS at, sum(v.clicks) AS clicks
    FROM referral_visits AS v
    WHERE v.merchant_id = $1 AND v.day BETWEEN $2 AND $3
    GROUP BY 1
) AS v ON v.at = day::date
LEFT JOIN (
    SELECT (r.registered_at AT TIME ZONE $4)::date AS at, count(*) AS registered
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.state <> 'rejected' AND r.registered_at >= ($2::date - 1)
    GROUP BY 1
) AS r ON r.at = day::date
LEFT JOIN (
    SELECT (r.qualified_at AT TIME ZONE $4)::date AS at, count(*) AS qualified
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.state <> 'rejected' AND r.qualified_at >= ($2::date - 1)
    GROUP BY 1
) AS q ON q.at = day::date
LEFT JOIN (
    SELECT (r.rewarded_at AT TIME ZONE $4)::date AS at, count(*) AS rewarded
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.rewarded_at >= ($2::date - 1)
    GROUP BY 1
) AS w ON w.at = day::date
ORDER BY 1
