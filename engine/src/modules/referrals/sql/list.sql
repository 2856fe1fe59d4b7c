-- Referrals of merchant $1, behind ($6, $7), at most $8: with state $2, review $3, advocate $4, friend $5, where given. Which, and in
-- what order, is said in another file.
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
