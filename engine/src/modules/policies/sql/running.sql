-- Every policy of merchant $1 that was published, with its versions, the oldest first, and the times in which it ran.
SELECT p.id, v.versions, r.runs
FROM reward_policies AS p
CROSS JOIN LATERAL (
    SELECT jsonb_agg(
        jsonb_build_object('version', v.version, 'terms', v.terms, 'effective_from', v.effective_from) ORDER BY v.version
    ) AS versions
    FROM reward_policy_versions AS v
    WHERE v.merchant_id = $1 AND v.policy_id = p.id
) AS v
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('began_at', r.began_at, 'ended_at', r.ended_at)), '[]') AS runs
    FROM reward_policy_runs AS r
    WHERE r.merchant_id = $1 AND r.policy_id = p.id
) AS r
WHERE p.merchant_id = $1 AND p.version > 0
ORDER BY p.id
