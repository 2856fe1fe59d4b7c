-- Purchases that customer $2 of merchant $1 has claimed forget whom the till had named.
UPDATE purchases AS p
SET customer_key = ''
FROM claims AS c
WHERE c.merchant_id = $1 AND c.customer_id = $2 AND p.merchant_id = $1 AND p.id = c.purchase_id AND p.customer_key <> ''
