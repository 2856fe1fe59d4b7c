-- The referrals of these friends ($2) of merchant $1, which are locked, with the first purchase of each.
SELECT
    r.friend_id, r.advocate_id, r.code, r.came_by, r.state, r.review, r.risk, r.score, r.registered_at, r.qualified_at,
    r.first_purchase_id, first.id AS first_id, first.credited_at,
    EXISTS (
        SELECT
        FROM returns AS b
        WHERE b.merchant_id = $1 AND b.purchase_id = coalesce(r.first_purchase_id, first.id) AND b.complete) AS is_returned
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM referrals AS r WHERE r.merchant_id = $1 AND r.friend_id = asked.id LIMIT 1
) AS r
LEFT JOIN LATERAL (
    SELECT bought.id, bought.credited_at
    FROM (
        (SELECT p.id, p.received_at AS credited_at
           FROM purchases AS p
          WHERE p.merchant_id = $1 AND p.customer_id = r.friend_id
          ORDER BY p.id
          LIMIT 1)
        UNION ALL
        (SELECT c.purchase_id, c.claimed_at
           FROM claims AS c
          WHERE c.merchant_id = $1 AND c.customer_id = r.friend_id
          ORDER BY c.id
          LIMIT 1)
    ) AS bought
    ORDER BY bought.credited_at, bought.id
    LIMIT 1
) AS first ON r.state = 'registered'
ORDER BY r.friend_id
