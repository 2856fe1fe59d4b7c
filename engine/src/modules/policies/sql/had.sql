-- When these customers ($3) of merchant $1 were given something by these policies ($2), and how often at once. What was not
-- given, or not paid, does not count.
SELECT h.policy_id, h.beneficiary_id, h.awarded_at, h.times
FROM unnest($3::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT a.policy_id, a.beneficiary_id, a.cause, min(a.awarded_at) AS awarded_at, max(a.times) AS times
    FROM policy_awards AS a
    WHERE a.merchant_id = $1
      AND a.beneficiary_id = asked.id
      AND a.policy_id = ANY ($2)
      AND a.state IN ('held', 'paid')
    GROUP BY a.policy_id, a.beneficiary_id, a.cause
) AS h
