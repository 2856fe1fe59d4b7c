-- What customer $2 of merchant $1 does not want, $3 does not want either: an unsubscribe of one of them holds.
WITH gone AS (
    DELETE FROM message_preferences WHERE merchant_id = $1 AND customer_id = $2
    RETURNING kind, email, changed_at
)
INSERT INTO message_preferences AS p (merchant_id, customer_id, kind, email, changed_at)
SELECT $1, $3, kind, email, changed_at
FROM gone
ORDER BY kind
ON CONFLICT (merchant_id, customer_id, kind) DO UPDATE SET
    email      = p.email AND excluded.email,
    changed_at = greatest(p.changed_at, excluded.changed_at)
