-- Whom the news of merchant $1 concern: friends ($2) whose referral was just made, those who bought something ($3) and
-- had not before, and those of whose first purchase one of the returns ($4) left nothing.
SELECT DISTINCT r.friend_id, r.advocate_id
FROM (
    SELECT unnest($2::uuid[]) AS friend_id
    UNION
    SELECT coalesce(p.customer_id, c.customer_id)
    FROM unnest($3::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT p.customer_id FROM purchases AS p WHERE p.merchant_id = $1 AND p.id = asked.id LIMIT 1
    ) AS p
    LEFT JOIN LATERAL (
        SELECT c.customer_id
        FROM claims AS c
        WHERE c.merchant_id = $1 AND c.purchase_id = asked.id AND c.customer_id IS NOT NULL
        LIMIT 1
    ) AS c ON true
    UNION
    SELECT r.friend_id
    FROM unnest($4::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
        SELECT b.purchase_id FROM returns AS b WHERE b.merchant_id = $1 AND b.id = asked.id AND b.complete LIMIT 1
    ) AS b
    CROSS JOIN LATERAL (
        SELECT r.friend_id FROM referrals AS r WHERE r.merchant_id = $1 AND r.first_purchase_id = b.purchase_id LIMIT 1
    ) AS r
) AS heard
CROSS JOIN LATERAL (
    SELECT r.friend_id, r.advocate_id
    FROM referrals AS r
    WHERE r.merchant_id = $1 AND r.friend_id = heard.friend_id
      AND (r.state IN ('registered', 'qualified', 'rewarded') OR r.friend_id = ANY ($2))
    LIMIT 1
) AS r
