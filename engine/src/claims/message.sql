INSERT INTO outbox (module, merchant_id, payload) VALUES ($1, $2, $3::jsonb)
