-- Staff $2 has entered merchant $1 at $3. Whoever changes the role at this moment is not waited for: then it is not written down.
UPDATE staff_memberships AS m
SET last_sign_in_at = $3
FROM (
    SELECT merchant_id, staff_id
    FROM staff_memberships
    WHERE merchant_id = $1 AND staff_id = $2
    FOR NO KEY UPDATE SKIP LOCKED
) AS free
WHERE m.merchant_id = free.merchant_id AND m.staff_id = free.staff_id
