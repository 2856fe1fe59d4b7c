-- What moved the points that these customers ($4) of merchant $1 can spend since policy $2 last looked at them; of whom it has
-- not looked at yet, since it began at $3. What came with an account that was merged had risen there: it counts as having been
-- here from the beginning.
SELECT e.customer_id, e.sequence, e.amount, e.posted_at
FROM unnest($4::uuid[]) AS asked (id)
LEFT JOIN LATERAL (
    SELECT w.sequence
    FROM policy_watched AS w
    WHERE w.merchant_id = $1 AND w.policy_id = $2 AND w.customer_id = asked.id
    LIMIT 1
) AS seen ON true
CROSS JOIN LATERAL (
    SELECT e.customer_id, e.sequence, e.amount, e.posted_at
    FROM entries AS e
    WHERE e.merchant_id = $1
      AND e.customer_id = asked.id
      AND e.account = 'available'
      AND e.kind <> 'merge'
      AND e.sequence > coalesce(seen.sequence, 0)
      AND (seen.sequence IS NOT NULL OR e.posted_at >= $3)
) AS e
ORDER BY e.customer_id, e.sequence
