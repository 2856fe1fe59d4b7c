-- The same under their locks, in the order of their keys: whoever was faster has left another state.
SELECT
    a.id, a.policy_id, p.terms ->> 'name' AS policy_name, a.beneficiary_id, a.friend_id, a.gives, a.amount, a.times, a.undo,
    a.keeps, a.voucher_id, a.paid_at, a.purchase_id IS NOT NULL AS is_of_purchase
FROM (
    SELECT *
    FROM policy_awards AS a
    WHERE a.merchant_id = $1
      AND a.id = ANY ($2)
      AND ((a.state = 'held' AND a.due_at <= $3 AND NOT a.waits) OR (a.state = 'paid' AND a.undo))
    ORDER BY a.policy_id, a.cause, a.beneficiary_id, a.effect
    FOR NO KEY UPDATE
) AS a
LEFT JOIN LATERAL (
    SELECT p.terms FROM reward_policies AS p WHERE p.merchant_id = $1 AND p.id = a.policy_id LIMIT 1
) AS p ON true
