-- To which of these customers ($2) of merchant $1 which of these policies ($3) have given something for this year's birthday
-- ($4), or for that of the year before ($5) not long ago: since $6. Only a birthday that was moved comes again so soon.
SELECT a.policy_id, a.beneficiary_id
FROM unnest($2::uuid[]) AS asked (id)
CROSS JOIN unnest($3::uuid[]) AS policy (id)
CROSS JOIN LATERAL (
    SELECT a.policy_id, a.beneficiary_id
    FROM policy_awards AS a
    WHERE a.merchant_id = $1
      AND a.policy_id = policy.id
      AND a.cause IN ($4, $5)
      AND a.beneficiary_id = asked.id
      AND (a.cause = $4 OR (a.awarded_at > $6 AND a.state IN ('held', 'paid')))
    LIMIT 1
) AS a
