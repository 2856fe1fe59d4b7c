-- Keeps an event of merchant $1 whose envelope is wrong. The second time changes nothing.
INSERT INTO inbox (merchant_id, source, id, key, type, received_at, sender, hash, state, problem, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', 'refused', $8::json, $6)
ON CONFLICT (merchant_id, source, id) DO NOTHING
