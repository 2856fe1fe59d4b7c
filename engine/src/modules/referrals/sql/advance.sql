-- Writes what has become of referrals of merchant $1 that are locked: $2 is [{"friend_id", "state", …}, …], $3 now.
UPDATE referrals AS r
SET state = new.state, review = new.review, risk = new.risk, score = new.score,
    qualified_at = coalesce(r.qualified_at, new.qualified_at),
    first_purchase_id = coalesce(r.first_purchase_id, new.first_purchase_id),
    rewarded_at = CASE WHEN new.state = 'rewarded' THEN coalesce(r.rewarded_at, $3) ELSE r.rewarded_at END,
    ended_at = CASE WHEN new.state IN ('reversed', 'rejected') THEN coalesce(r.ended_at, $3) END,
    reviewed_by = coalesce(new.reviewed_by, r.reviewed_by),
    reviewed_at = CASE WHEN new.reviewed_by IS NOT NULL THEN $3 ELSE r.reviewed_at END,
    changed_at = $3
FROM jsonb_to_recordset($2) AS new (
    friend_id uuid, state text, review text, risk jsonb, score smallint, qualified_at timestamptz,
    first_purchase_id uuid, reviewed_by text)
WHERE r.merchant_id = $1 AND r.friend_id = new.friend_id
