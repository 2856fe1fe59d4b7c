-- Ends the open vouchers of customer $2 of merchant $1 now: they expire, and whatever job comes by says so. One that was
-- issued since they were locked is locked by nobody but us, or is being used and no longer open.
WITH open AS (
    SELECT id
    FROM vouchers
    WHERE merchant_id = $1 AND customer_id = $2 AND state = 'issued'
    ORDER BY code
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE vouchers AS v
SET state = 'expired', expires_at = c.erased_at, changed_at = c.erased_at
FROM open, customers AS c
WHERE v.merchant_id = $1 AND v.id = open.id AND c.merchant_id = $1 AND c.id = $2
