-- Endpoint $2 of merchant $1 as it is at $3, unless nothing may be sent to it; its secrets, the newest first.
SELECT w.url, w.failures,
       ARRAY(SELECT s.secret
             FROM webhook_secrets AS s
             WHERE s.merchant_id = w.merchant_id AND s.endpoint_id = w.id
                 AND (s.expires_at IS NULL OR s.expires_at > $3)
             ORDER BY s.number DESC
             LIMIT 3) AS secrets
FROM webhook_endpoints AS w
WHERE w.merchant_id = $1 AND w.id = $2 AND w.disabled_at IS NULL AND (w.paused_until IS NULL OR w.paused_until <= $3)
