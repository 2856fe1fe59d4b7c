-- Ends vouchers that nobody has used by $1, at most $2, of all merchants but $3, or only of $4. One that somebody holds
-- locked is being used, or left for the next time.
WITH over AS MATERIALIZED (
    SELECT merchant_id, id
    FROM vouchers
    WHERE state = 'issued'
      AND expires_at <= $1
      AND merchant_id <> ALL ($3::uuid[])
      AND ($4::uuid IS NULL OR merchant_id = $4)
    ORDER BY expires_at
    LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE vouchers AS v
SET state = 'expired', changed_at = $1
FROM over
WHERE v.merchant_id = over.merchant_id AND v.id = over.id
