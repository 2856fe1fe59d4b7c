-- Endpoint $2 of merchant $1 at address $3, which hears kinds $4, since $5, with secret $6 and its two lanes.
WITH endpoint AS (
    INSERT INTO webhook_endpoints (merchant_id, id, url, kinds, created_at) VALUES ($1, $2, $3, $4, $5)
), secret AS (
    INSERT INTO webhook_secrets (merchant_id, endpoint_id, number, secret, created_at) VALUES ($1, $2, 1, $6, $5)
)
INSERT INTO webhook_lanes (merchant_id, endpoint_id, again) VALUES ($1, $2, false), ($1, $2, true)
