-- The account of e-mail $2, made when there is none. Somebody who has a role anywhere keeps the password; an account without any
-- gets the new one, because nothing is behind the old one. `is_set` tells which: no two hashes of a password are the same.
INSERT INTO staff (id, email, name, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email) DO UPDATE SET password_hash = CASE
        WHEN EXISTS (SELECT FROM staff_memberships AS m WHERE m.staff_id = staff.id) THEN staff.password_hash
        ELSE excluded.password_hash
    END
RETURNING id, password_hash = $4 AS is_set
