-- The staff of merchant $1 by e-mail, after $2, at most $3: with $4 in the name or the e-mail, in role $5.
SELECT s.id, s.email, s.name, m.role, s.created_at, m.last_sign_in_at
FROM staff_memberships AS m
JOIN staff AS s ON s.id = m.staff_id
WHERE m.merchant_id = $1
  AND s.email > $2
  AND ($4::text IS NULL OR s.name ILIKE $4 OR s.email ILIKE $4)
  AND ($5::text IS NULL OR m.role = $5)
ORDER BY s.email
LIMIT $3
