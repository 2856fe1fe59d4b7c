-- What every running policy of merchant $1 has counted of customer $2, and how often it has given something.
SELECT p.id, c.counted, g.given
FROM reward_policies AS p
LEFT JOIN LATERAL (
    SELECT c.counted
    FROM policy_counters AS c
    WHERE c.merchant_id = $1 AND c.policy_id = p.id AND c.subject_id = $2
    LIMIT 1
) AS c ON true
CROSS JOIN LATERAL (
    SELECT count(DISTINCT a.cause) AS given
    FROM policy_awards AS a
    WHERE a.merchant_id = $1 AND a.beneficiary_id = $2 AND a.policy_id = p.id AND a.state = 'paid'
) AS g
WHERE p.merchant_id = $1 AND p.state = 'running'
ORDER BY p.id
