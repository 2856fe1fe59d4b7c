-- I8 of referrals: who brought whom has no circle, nobody is rewarded whom somebody has to look at, and who has bought has
-- qualified. Whom a message that waits is about has not followed yet, and is not compared; everybody else is.
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
), waiting AS MATERIALIZED (
    -- Friends whom a message is still about.
    SELECT named.id::uuid AS friend_id
    FROM queue AS q
    CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(q.payload -> 'made', '[]')) AS named (id)
    WHERE q.module = 'referrals' AND q.merchant_id = $1
    UNION
    SELECT coalesce(p.customer_id, c.customer_id)
    FROM queue AS q
    CROSS JOIN LATERAL jsonb_array_elements_text(
        coalesce(q.payload -> 'purchases', '[]') || coalesce(q.payload -> 'claims', '[]')) AS named (id)
    JOIN purchases AS p ON p.merchant_id = $1 AND p.id = named.id::uuid
    LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id AND c.customer_id IS NOT NULL
    WHERE q.module = 'referrals' AND q.merchant_id = $1
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
      AND NOT EXISTS (SELECT FROM waiting AS w WHERE w.friend_id = r.friend_id)
)
SELECT
    (SELECT count(*) FROM referrals WHERE merchant_id = $1),
    (SELECT count(*) FROM wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', fault))
        FROM (SELECT * FROM wrong ORDER BY subject LIMIT $2) AS first
    )
