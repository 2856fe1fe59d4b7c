-- Awards that are to be given, or taken back, by $1, what is due longest first, at most $2, of all merchants but $3, or only of
-- $4, without the awards $5. Nothing is locked: whoever settles one looks again under its lock.
SELECT merchant_id, id
FROM policy_awards
WHERE ((state = 'held' AND NOT waits) OR (state = 'paid' AND undo))
  AND due_at <= $1
  AND merchant_id <> ALL ($3::uuid[])
  AND ($4::uuid IS NULL OR merchant_id = $4)
  AND id <> ALL ($5::uuid[])
ORDER BY due_at
LIMIT $2
