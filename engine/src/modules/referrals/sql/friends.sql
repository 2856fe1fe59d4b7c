-- The friends that customer $2 of merchant $1 has brought, the newest first, behind ($3, $4), at most $5.
SELECT r.friend_id, r.state, r.review, r.registered_at, r.qualified_at, r.rewarded_at, r.ended_at, c.name, b.purchases
FROM referrals AS r
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = r.friend_id LIMIT 1
) AS c ON true
LEFT JOIN LATERAL (
    SELECT b.purchases FROM balances AS b WHERE b.merchant_id = $1 AND b.customer_id = r.friend_id LIMIT 1
) AS b ON true
WHERE r.merchant_id = $1 AND r.advocate_id = $2
  AND ($3::timestamptz IS NULL OR (r.registered_at, r.friend_id) < ($3, $4))
ORDER BY r.registered_at DESC, r.friend_id DESC
LIMIT $5
