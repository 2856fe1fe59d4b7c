-- Merchant $1 has letters of kind $2 say $3 and $4, from $5 on, by $6. When $7 says so, only if what stands there is still
-- what was read: changed last at $8, or never where that is NULL. Answers with nothing when it is not.
INSERT INTO message_templates AS t (merchant_id, kind, subject, body, changed_at, changed_by)
SELECT $1, $2, $3, $4, $5, $6
WHERE NOT $7
   OR $8::timestamptz IS NULL
   OR EXISTS (SELECT FROM message_templates WHERE merchant_id = $1 AND kind = $2 AND changed_at = $8)
ON CONFLICT (merchant_id, kind) DO UPDATE SET
    subject    = excluded.subject,
    body       = excluded.body,
    -- Two changes are never of the same instant.
    changed_at = greatest(excluded.changed_at, t.changed_at + interval '1 microsecond'),
    changed_by = excluded.changed_by
WHERE NOT $7 OR t.changed_at = $8
RETURNING changed_at
