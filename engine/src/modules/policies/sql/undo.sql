-- Purchases of merchant $1 count less than they did ($2), at $3. What one of them caused that counts nothing any more, and what a
-- number did that is not reached any more, has no cause: what is held is not paid, what was paid is to be taken back. What
-- gives for every unit gives for fewer, and what it gave for the others is to be taken back. Answers with what is to be taken
-- back.
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
        FROM (
            -- What both had passed before a merge is kept under the id that is gone, too.
            SELECT less.subject_id AS id
            UNION ALL
            SELECT c.id FROM customers AS c WHERE c.merchant_id = $1 AND c.merged_into = less.subject_id
        ) AS subject
        JOIN policy_awards AS a ON a.cause LIKE 'n:' || subject.id || ':%'
        WHERE less.numbers
          AND a.merchant_id = $1
          AND a.policy_id = less.policy_id
          -- Only such a word has a number in it.
          AND CASE WHEN a.cause LIKE 'n:%' THEN split_part(a.cause, ':', 3)::bigint > less.counter END
          AND a.state IN ('held', 'paid')
    ) AS a
), cancelled AS (
    UPDATE policy_awards AS a SET state = 'cancelled', reason = 'returned', changed_at = $3
    FROM gone
    WHERE a.merchant_id = $1 AND a.id = gone.id AND gone.state = 'held' AND a.state = 'held'
), taken AS (
    UPDATE policy_awards AS a SET undo = true, keeps = 0, changed_at = $3
    FROM gone
    WHERE a.merchant_id = $1 AND a.id = gone.id AND gone.state = 'paid' AND a.state = 'paid'
    RETURNING a.id
), fewer AS MATERIALIZED (
    SELECT a.id, less.counted, a.state, a.kind IN ('points', 'cashback', 'credits') AS adds_up
    FROM less
    CROSS JOIN LATERAL (
        SELECT a.id, a.state, a.kind
        FROM policy_awards AS a
        WHERE NOT less.numbers
          AND less.counted > 0
          AND a.merchant_id = $1
          AND a.purchase_id = less.purchase_id
          AND a.policy_id = less.policy_id
          AND a.state IN ('held', 'paid')
          AND a.times > less.counted
    ) AS a
), lowered AS (
    UPDATE policy_awards AS a SET
        amount = CASE WHEN fewer.adds_up THEN a.amount / a.times * fewer.counted ELSE a.amount END,
        times = fewer.counted,
        changed_at = $3
    FROM fewer
    WHERE a.merchant_id = $1 AND a.id = fewer.id AND (fewer.state = 'held' OR NOT fewer.adds_up)
), partly AS (
    UPDATE policy_awards AS a SET undo = true, keeps = fewer.counted, changed_at = $3
    FROM fewer
    WHERE a.merchant_id = $1 AND a.id = fewer.id AND fewer.state = 'paid' AND fewer.adds_up
    RETURNING a.id
)
SELECT id FROM taken UNION ALL SELECT id FROM partly
