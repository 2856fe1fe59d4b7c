-- Those of the awards $2 of merchant $1 that are to be given by $3 or taken back, as they are before anything is locked.
SELECT
    a.id, a.policy_id, p.terms ->> 'name' AS policy_name, a.beneficiary_id, a.friend_id, a.gives, a.amount, a.times, a.undo,
    a.keeps, a.voucher_id, a.paid_at, a.purchase_id IS NOT NULL AS is_of_purchase
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM policy_awards AS a WHERE a.merchant_id = $1 AND a.id = asked.id LIMIT 1
) AS a
LEFT JOIN LATERAL (
    SELECT p.terms FROM reward_policies AS p WHERE p.merchant_id = $1 AND p.id = a.policy_id LIMIT 1
) AS p ON true
WHERE (a.state = 'held' AND a.due_at <= $3 AND NOT a.waits) OR (a.state = 'paid' AND a.undo)
ORDER BY a.policy_id, a.cause, a.beneficiary_id, a.effect
