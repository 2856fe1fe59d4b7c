-- The referrals of two customers of merchant $1, $2 who ends and $3 who goes on: what each has come to, and whether it would be
-- one of themselves, because the advocate is one of them or was brought by one of them.
WITH RECURSIVE own AS MATERIALIZED (
    SELECT r.friend_id, r.advocate_id, r.state FROM referrals AS r WHERE r.merchant_id = $1 AND r.friend_id IN ($2, $3)
), up (friend_id, id, depth) AS (
    SELECT own.friend_id, own.advocate_id, 1 FROM own WHERE own.state <> 'rejected'
    UNION ALL
    SELECT up.friend_id, r.advocate_id, up.depth + 1
    FROM up
    CROSS JOIN LATERAL (
        SELECT r.advocate_id
        FROM referrals AS r
        WHERE r.merchant_id = $1 AND r.friend_id = up.id AND r.state <> 'rejected'
        LIMIT 1
    ) AS r
    WHERE up.id NOT IN ($2, $3) AND up.depth < 100000
)
SELECT
    own.friend_id, own.state,
    own.advocate_id IN ($2, $3) OR EXISTS (SELECT FROM up WHERE up.friend_id = own.friend_id AND up.id IN ($2, $3)) AS is_circle
FROM own
