-- What running policies of merchant $1 have counted of each of these friends ($2).
SELECT c.policy_id, c.subject_id, c.counted
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT c.policy_id, c.subject_id, c.counted
    FROM policy_counters AS c
    WHERE c.merchant_id = $1 AND c.subject_id = asked.id
) AS c
WHERE EXISTS (
    SELECT FROM reward_policies AS p
    WHERE p.merchant_id = $1 AND p.id = c.policy_id AND p.state = 'running' AND p.hears = 'friend_count')
