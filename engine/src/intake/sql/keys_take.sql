-- Takes the keys of new purchases, in key order. A key that another server takes at this moment is waited for; if that
-- one commits, the key is not returned here and the purchase is a replay.
INSERT INTO purchase_keys (merchant_id, retailer_id, transaction_id, purchase_id)
SELECT merchant_id, retailer_id, transaction_id, purchase_id
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])
     AS new (merchant_id, retailer_id, transaction_id, purchase_id)
ORDER BY merchant_id, retailer_id, transaction_id COLLATE "C"
ON CONFLICT (merchant_id, retailer_id, transaction_id) DO NOTHING
RETURNING purchase_id
