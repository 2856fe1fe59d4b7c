-- What these customers ($3) of merchant $1 had of these policies ($2), by cause: when, how often at once (not at all where it was
-- not given, or not paid), and whether it stands, so that the cause gives nothing a second time; only what a return has undone
-- begins again.
SELECT h.policy_id, h.beneficiary_id, h.cause, h.awarded_at, h.times, h.stands
FROM unnest($3::uuid[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT
        a.policy_id, a.beneficiary_id, a.cause,
        coalesce(min(a.awarded_at) FILTER (WHERE a.state IN ('held', 'paid')), min(a.awarded_at)) AS awarded_at,
        coalesce(max(a.times) FILTER (WHERE a.state IN ('held', 'paid')), 0) AS times,
        -- At most one round of an effect stands, and it is the last.
        bool_or(a.state NOT IN ('cancelled', 'reversed') OR a.reason IS DISTINCT FROM 'returned') AS stands
    FROM policy_awards AS a
    WHERE a.merchant_id = $1
      AND a.beneficiary_id = asked.id
      AND a.policy_id = ANY ($2)
    GROUP BY a.policy_id, a.beneficiary_id, a.cause
) AS h
