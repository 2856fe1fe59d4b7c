-- Staff $2 is invited by merchant $1 as $3, with a secret of which $4 is the hash, by $5, at $6, until $7. An earlier letter opens
-- nothing from then on.
INSERT INTO staff_invitations (merchant_id, staff_id, role, token_hash, invited_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, staff_id) DO UPDATE SET
    role = excluded.role,
    token_hash = excluded.token_hash,
    invited_by = excluded.invited_by,
    expires_at = excluded.expires_at
RETURNING created_at
