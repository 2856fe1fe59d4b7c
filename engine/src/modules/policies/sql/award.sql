-- What is given by merchant $1 ($2), at $3. What is there already stays as it is: the key is what makes it the only time. Only
-- what a return had cancelled begins again when another purchase causes it, which may be another friend's.
INSERT INTO policy_awards AS a (
    merchant_id, policy_id, cause, beneficiary_id, effect, id, version, gives, kind, amount, times, friend_id, purchase_id,
    state, reason, waits, awarded_at, due_at, changed_at)
SELECT
    $1, policy_id, cause, beneficiary_id, effect, id, version, gives, kind, amount, times, friend_id, purchase_id, state,
    reason, waits, $3, due_at, $3
FROM jsonb_to_recordset($2::jsonb) AS new (
    policy_id uuid, cause text, beneficiary_id uuid, effect smallint, id uuid, version integer, gives jsonb, kind text,
    amount bigint, times integer, friend_id uuid, purchase_id uuid, state text, reason text, waits boolean,
    due_at timestamptz)
ORDER BY policy_id, cause, beneficiary_id, effect
ON CONFLICT (merchant_id, policy_id, cause, beneficiary_id, effect) DO UPDATE SET
    version     = excluded.version,
    gives       = excluded.gives,
    kind        = excluded.kind,
    amount      = excluded.amount,
    times       = excluded.times,
    friend_id   = excluded.friend_id,
    purchase_id = excluded.purchase_id,
    state       = excluded.state,
    reason      = excluded.reason,
    waits       = excluded.waits,
    awarded_at  = excluded.awarded_at,
    due_at      = excluded.due_at,
    changed_at  = excluded.changed_at
WHERE a.state = 'cancelled' AND a.reason = 'returned' AND excluded.purchase_id IS NOT NULL
RETURNING a.id, a.state, a.waits, a.due_at
