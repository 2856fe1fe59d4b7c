-- I8 of referrals: who brought whom has no circle, nobody is rewarded whom somebody has to look at, and who has bought has
-- qualified. While messages wait, what they are about has not followed yet, and is not compared.
WITH RECURSIVE up (friend_id, id, depth) AS (
    SELECT r.friend_id, r.advocate_id, 1 FROM referrals AS r WHERE r.merchant_id = $1 AND r.state <> 'rejected'
    UNION ALL
    SELECT up.friend_id, r.advocate_id, up.depth + 1
    FROM up
    CROSS JOIN LATERAL (
        SELECT r.advocate_id
        FROM referrals AS r
        WHERE r.merchant_id = $1 AND r.friend_id = up.id AND r.state <> 'rejected'
        LIMIT 1
    ) AS r
    WHERE up.id <> up.friend_id AND up.depth < 1000
), wrong AS (
    SELECT 'customer ' || up.friend_id AS subject, 'has brought an own advocate' AS fault
    FROM up
    WHERE up.id = up.friend_id
    UNION ALL
    SELECT 'customer ' || r.friend_id, 'was brought by a code that is not the advocate''s'
    FROM referrals AS r
    LEFT JOIN referral_codes AS c ON c.merchant_id = r.merchant_id AND c.code = r.code
    WHERE r.merchant_id = $1 AND c.customer_id IS DISTINCT FROM r.advocate_id
    UNION ALL
    SELECT 'customer ' || r.friend_id, 'has bought, and the referral is only registered'
    FROM referrals AS r
    JOIN balances AS b ON b.merchant_id = r.merchant_id AND b.customer_id = r.friend_id
    WHERE r.merchant_id = $1 AND r.state = 'registered' AND b.purchases > 0
      AND NOT EXISTS (SELECT FROM queue AS q WHERE q.module = 'referrals' AND q.merchant_id = $1)
)
SELECT
    (SELECT count(*) FROM referrals WHERE merchant_id = $1),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
