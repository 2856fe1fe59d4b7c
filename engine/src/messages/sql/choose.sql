-- Customer $2 of merchant $1 has chosen, at $3, whether letters of the kinds $4 are wanted ($5).
INSERT INTO message_preferences (merchant_id, customer_id, kind, email, changed_at)
SELECT $1, $2, kind, email, $3
FROM unnest($4::text[], $5::bool[]) AS chosen (kind, email)
ORDER BY kind
ON CONFLICT (merchant_id, customer_id, kind) DO UPDATE SET
    email      = excluded.email,
    changed_at = excluded.changed_at
