-- A balance row for customers that have none yet, so that there is something to lock. In key order.
INSERT INTO balances (merchant_id, customer_id)
SELECT merchant_id, customer_id
FROM unnest($1::uuid[], $2::uuid[]) AS new (merchant_id, customer_id)
ORDER BY merchant_id, customer_id
ON CONFLICT (merchant_id, customer_id) DO NOTHING
