-- Purchases of merchant $1 count less than they did ($2), at $3. What is held for one that counts nothing any more, or for a
-- number that is not reached any more, is not paid; what was paid for one that counts nothing any more, and for no number that
-- is reached still, is to be taken back. What gives for every unit gives for fewer. Answers with what is to be taken back.
WITH less AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($2::jsonb) AS less (
        policy_id uuid, purchase_id uuid, subject_id uuid, numbers boolean, counter bigint, counted bigint)
), gone AS MATERIALIZED (
    SELECT a.id, a.state
    FROM less
    CROSS JOIN LATERAL (
        SELECT a.id, a.state
        FROM policy_awards AS a
        WHERE NOT less.numbers
          AND less.counted = 0
          AND a.merchant_id = $1
          AND a.purchase_id = less.purchase_id
          AND a.policy_id = less.policy_id
          AND a.state IN ('held', 'paid')
        UNION ALL
        SELECT a.id, a.state
        FROM policy_awards AS a
        WHERE less.numbers
          AND a.merchant_id = $1
          AND a.policy_id = less.policy_id
          AND a.cause LIKE 'n:' || less.subject_id || ':%'
          AND split_part(a.cause, ':', 3)::bigint > less.counter
          AND (a.state = 'held' OR (a.state = 'paid' AND a.purchase_id = less.purchase_id AND less.counted = 0))
    ) AS a
), cancelled AS (
    UPDATE policy_awards AS a SET state = 'cancelled', reason = 'returned', changed_at = $3
    FROM gone
    WHERE a.merchant_id = $1 AND a.id = gone.id AND gone.state = 'held' AND a.state = 'held'
), fewer AS (
    UPDATE policy_awards AS a SET
        amount = CASE WHEN a.kind IN ('points', 'cashback', 'credits') THEN a.amount / a.times * less.counted ELSE a.amount END,
        times = less.counted,
        changed_at = $3
    FROM less
    WHERE NOT less.numbers
      AND less.counted > 0
      AND a.merchant_id = $1
      AND a.purchase_id = less.purchase_id
      AND a.policy_id = less.policy_id
      AND a.state = 'held'
      AND a.times > less.counted
)
UPDATE policy_awards AS a SET undo = true, changed_at = $3
FROM gone
WHERE a.merchant_id = $1 AND a.id = gone.id AND gone.state = 'paid' AND a.state = 'paid'
RETURNING a.id
