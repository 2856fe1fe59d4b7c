-- What receivers of webhooks have answered when they were told of somebody else and of customer $2 of merchant $1 as the friend:
-- the deliveries are the advocate's and stay. Either may have been told of by the id of an account that was merged since.
WITH friend AS (
    SELECT $2::uuid AS id
    UNION ALL
    SELECT c.id FROM customers AS c WHERE c.merchant_id = $1 AND c.merged_into = $2
), advocate AS (
    SELECT r.advocate_id AS id FROM referrals AS r WHERE r.merchant_id = $1 AND r.friend_id = $2
    UNION ALL
    SELECT c.id
    FROM referrals AS r
    JOIN customers AS c ON c.merchant_id = r.merchant_id AND c.merged_into = r.advocate_id
    WHERE r.merchant_id = $1 AND r.friend_id = $2
)
UPDATE webhook_attempts AS a
SET answer = ''
FROM advocate
JOIN webhook_deliveries AS d ON d.merchant_id = $1 AND d.customer_id = advocate.id
JOIN friend ON position(friend.id::text IN d.body) > 0
WHERE a.merchant_id = $1 AND a.delivery_id = d.id AND a.answer <> ''
