-- Account $1, which is locked, gets the password $2 unless it has a role anywhere: nothing is behind the old one then.
UPDATE staff AS s
SET password_hash = $2
WHERE s.id = $1 AND NOT EXISTS (SELECT FROM staff_memberships AS m WHERE m.staff_id = s.id)
