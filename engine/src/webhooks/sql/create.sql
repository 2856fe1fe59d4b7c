-- Endpoint $2 of merchant $1 at address $3, which hears kinds $4, since $5, with secret $6 and its lanes.
WITH endpoint AS (
    INSERT INTO webhook_endpoints (merchant_id, id, url, kinds, created_at) VALUES ($1, $2, $3, $4, $5)
), secret AS (
    INSERT INTO webhook_secrets (merchant_id, endpoint_id, number, secret, created_at) VALUES ($1, $2, 1, $6, $5)
)
INSERT INTO webhook_lanes (merchant_id, endpoint_id, again, shard)
SELECT $1, $2, kind.again, part.shard
FROM (VALUES (false), (true)) AS kind (again)
CROSS JOIN generate_series(0, 7) AS part (shard)
