-- The referrals of these friends ($2) of merchant $1.
SELECT r.friend_id, r.advocate_id, r.state, r.review, r.qualified_at, c.is_banned
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT r.friend_id, r.advocate_id, r.code, r.state, r.review, r.qualified_at
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.friend_id = asked.id
    LIMIT 1
) AS r
CROSS JOIN LATERAL (
    SELECT c.disabled_at IS NOT NULL AS is_banned
    FROM referral_codes AS c
    WHERE c.merchant_id = $1 AND c.code = r.code
    LIMIT 1
) AS c
