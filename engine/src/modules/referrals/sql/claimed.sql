-- Claimed purchases ($2) of merchant $1 with the code of a friend, where they are the first of who claimed them, and whose code
-- that is. Which one was the first was found under the lock of the balance; instants do not tell, since they are read before it
-- is waited for.
SELECT c.customer_id, p.referral_code, owner.customer_id AS advocate_id
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.customer_id, c.id, c.facts
    FROM claims AS c
    WHERE c.merchant_id = $1 AND c.purchase_id = asked.id AND c.customer_id IS NOT NULL
    LIMIT 1
) AS c
CROSS JOIN LATERAL (
    SELECT p.referral_code
    FROM purchases AS p
    WHERE p.merchant_id = $1 AND p.id = asked.id AND p.referral_code IS NOT NULL
    LIMIT 1
) AS p
LEFT JOIN LATERAL (
    SELECT o.customer_id FROM referral_codes AS o WHERE o.merchant_id = $1 AND o.code = p.referral_code LIMIT 1
) AS owner ON true
WHERE (c.facts ->> 'first_purchase')::boolean
  AND NOT EXISTS (
    SELECT FROM referrals AS r WHERE r.merchant_id = $1 AND r.friend_id = c.customer_id)
ORDER BY c.customer_id, c.id
