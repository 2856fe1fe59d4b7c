-- What has become of awards of merchant $1 ($2), at $3, and what was taken back of those of which something stays. They are locked.
WITH settled AS MATERIALIZED (
    SELECT *
    FROM jsonb_to_recordset($2::jsonb) AS s (
        id uuid, state text, reason text, waits boolean, due_at timestamptz, posting_id uuid, voucher_id uuid, taken_back uuid,
        kept integer, amount bigint, lost bigint, lost_by uuid)
), lost AS (
    INSERT INTO policy_award_returns (merchant_id, award_id, kept, amount, posting_id, taken_at)
    SELECT $1, id, kept, lost, lost_by, $3 FROM settled WHERE kept IS NOT NULL
)
UPDATE policy_awards AS a SET
    state      = s.state,
    reason     = s.reason,
    waits      = s.waits,
    undo       = false,
    keeps      = 0,
    times      = coalesce(s.kept, a.times),
    amount     = coalesce(s.amount, a.amount),
    due_at     = coalesce(s.due_at, a.due_at),
    posting_id = coalesce(s.posting_id, a.posting_id),
    voucher_id = coalesce(s.voucher_id, a.voucher_id),
    taken_back = coalesce(s.taken_back, a.taken_back),
    paid_at    = CASE WHEN s.state IN ('paid', 'reversed') THEN coalesce(a.paid_at, $3) END,
    changed_at = $3
FROM settled AS s
WHERE a.merchant_id = $1 AND a.id = s.id
