-- A balance row, if there is none yet, so that there is something to lock.
INSERT INTO balances (merchant_id, customer_id) VALUES ($1, $2) ON CONFLICT (merchant_id, customer_id) DO NOTHING
