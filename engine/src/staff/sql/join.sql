-- Gives staff $2 the role $3 at merchant $1, unless they have one. An invitation that waited for them has nothing to offer any more.
WITH invited AS (
    DELETE FROM staff_invitations
    WHERE merchant_id = $1 AND staff_id = $2
)
INSERT INTO staff_memberships (merchant_id, staff_id, role)
VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
