-- What has become of awards of merchant $1 ($2), at $3. They are locked.
UPDATE policy_awards AS a SET
    state      = s.state,
    reason     = s.reason,
    waits      = s.waits,
    undo       = false,
    due_at     = coalesce(s.due_at, a.due_at),
    posting_id = coalesce(s.posting_id, a.posting_id),
    voucher_id = coalesce(s.voucher_id, a.voucher_id),
    taken_back = coalesce(s.taken_back, a.taken_back),
    paid_at    = CASE WHEN s.state IN ('paid', 'reversed') THEN coalesce(a.paid_at, $3) END,
    changed_at = $3
FROM jsonb_to_recordset($2::jsonb) AS s (
    id uuid, state text, reason text, waits boolean, due_at timestamptz, posting_id uuid, voucher_id uuid, taken_back uuid)
WHERE a.merchant_id = $1 AND a.id = s.id
