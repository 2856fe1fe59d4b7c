-- What is given by merchant $1 ($2), at $3. What stands stays as it is: the key is what makes it the only time. What a return has
-- undone begins again, in another round, when another purchase causes it, which may be another friend's; and what is still to
-- be taken back stays, since there is a cause for it again. The balances of who is given it are locked.
WITH new AS MATERIALIZED (
    SELECT new.*, last.id AS last_id, last.round AS last_round, last.state AS was, last.reason AS why, last.undo AS is_undone
    FROM jsonb_to_recordset($2::jsonb) AS new (
        policy_id uuid, cause text, beneficiary_id uuid, effect smallint, id uuid, version integer, gives jsonb, kind text,
        amount bigint, times integer, friend_id uuid, purchase_id uuid, state text, reason text, waits boolean,
        due_at timestamptz)
    LEFT JOIN LATERAL (
        SELECT a.id, a.round, a.state, a.reason, a.undo
        FROM policy_awards AS a
        WHERE a.merchant_id = $1
          AND a.policy_id = new.policy_id
          AND a.cause = new.cause
          AND a.beneficiary_id = new.beneficiary_id
          AND a.effect = new.effect
        ORDER BY a.round DESC
        LIMIT 1
    ) AS last ON true
), stays AS (
    UPDATE policy_awards AS a
    SET undo = false, keeps = 0, friend_id = new.friend_id, purchase_id = new.purchase_id, changed_at = $3
    FROM new
    WHERE a.merchant_id = $1 AND a.id = new.last_id AND new.was = 'paid' AND new.is_undone AND new.purchase_id IS NOT NULL
)
INSERT INTO policy_awards (
    merchant_id, policy_id, cause, beneficiary_id, effect, round, id, version, gives, kind, amount, times, friend_id, purchase_id,
    state, reason, waits, awarded_at, due_at, changed_at)
SELECT
    $1, policy_id, cause, beneficiary_id, effect, coalesce(last_round, 0) + 1, id, version, gives, kind, amount, times, friend_id,
    purchase_id, state, reason, waits, $3, due_at, $3
FROM new
WHERE last_id IS NULL OR (was IN ('cancelled', 'reversed') AND why = 'returned' AND purchase_id IS NOT NULL)
ORDER BY policy_id, cause, beneficiary_id, effect
-- Once a statement, too: returns and purchases of one time may pass a number twice.
ON CONFLICT (merchant_id, policy_id, cause, beneficiary_id, effect, round) DO NOTHING
RETURNING id, state, waits, due_at
