-- The staff of merchant $1 by e-mail, after $2, at most $3: with $4 in the name or the e-mail, in role $5. Of those who are only
-- invited the e-mail is all that this merchant knows.
WITH people AS (
    SELECT s.id, s.email, s.name, m.role, s.created_at, m.last_sign_in_at, NULL::timestamptz AS invited_until
    FROM staff_memberships AS m
    JOIN staff AS s ON s.id = m.staff_id
    WHERE m.merchant_id = $1
    UNION ALL
    SELECT s.id, s.email, split_part(s.email, '@', 1), i.role, i.created_at, NULL::timestamptz, i.expires_at
    FROM staff_invitations AS i
    JOIN staff AS s ON s.id = i.staff_id
    WHERE i.merchant_id = $1
)
SELECT id, email, name, role, created_at, last_sign_in_at, invited_until
FROM people
WHERE email > $2
  AND ($4::text IS NULL OR name ILIKE $4 OR email ILIKE $4)
  AND ($5::text IS NULL OR role = $5)
ORDER BY email
LIMIT $3
