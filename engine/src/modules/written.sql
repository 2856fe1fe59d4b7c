-- Purchases of merchant $1 that were made, claimed or returned since $2, by the time in their ids.
SELECT id AS purchase_id FROM purchases WHERE merchant_id = $1 AND id >= $2
UNION
SELECT purchase_id FROM claims WHERE merchant_id = $1 AND customer_id IS NOT NULL AND id >= $2
UNION
SELECT purchase_id FROM returns WHERE merchant_id = $1 AND id >= $2
