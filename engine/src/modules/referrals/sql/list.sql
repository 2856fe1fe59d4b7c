-- Referrals of merchant $1, the newest first, behind ($6, $7): with state $2, review $3, advocate $4, friend $5, where given.
SELECT
    r.*, r.registered_at AS at,
    friend.name AS friend_name, advocate.name AS advocate_name, c.disabled_at IS NOT NULL AS is_banned
FROM referrals AS r
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = r.friend_id LIMIT 1
) AS friend ON true
LEFT JOIN LATERAL (
    SELECT c.name FROM customers AS c WHERE c.merchant_id = $1 AND c.id = r.advocate_id LIMIT 1
) AS advocate ON true
LEFT JOIN LATERAL (
    SELECT c.disabled_at FROM referral_codes AS c WHERE c.merchant_id = $1 AND c.code = r.code LIMIT 1
) AS c ON true
WHERE r.merchant_id = $1
  AND ($2::text IS NULL OR r.state = $2)
  AND ($3::text IS NULL OR r.review = $3)
  AND ($4::uuid IS NULL OR r.advocate_id = $4)
  AND ($5::uuid IS NULL OR r.friend_id = $5)
  AND ($6::timestamptz IS NULL OR (r.registered_at, r.friend_id) < ($6, $7))
ORDER BY r.registered_at DESC, r.friend_id DESC
LIMIT $8
