-- Secret $3 for endpoint $2 of merchant $1 since $4; the one before signs until $5. What signs no more is deleted.
WITH over AS (
    DELETE FROM webhook_secrets WHERE merchant_id = $1 AND endpoint_id = $2 AND expires_at <= $4
), replaced AS (
    UPDATE webhook_secrets SET expires_at = $5
    WHERE merchant_id = $1 AND endpoint_id = $2 AND expires_at IS NULL
)
INSERT INTO webhook_secrets (merchant_id, endpoint_id, number, secret, created_at)
SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4
FROM webhook_secrets
WHERE merchant_id = $1 AND endpoint_id = $2
