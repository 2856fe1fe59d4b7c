-- What receivers of webhooks have answered when they were told of somebody else and of customer $2 of merchant $1 as the friend:
-- the deliveries are the advocate's and stay.
UPDATE webhook_attempts AS a
SET answer = ''
FROM referrals AS r
JOIN webhook_deliveries AS d
    ON d.merchant_id = r.merchant_id AND d.customer_id = r.advocate_id AND position(r.friend_id::text IN d.body) > 0
WHERE r.merchant_id = $1 AND r.friend_id = $2 AND a.merchant_id = $1 AND a.delivery_id = d.id AND a.answer <> ''
