-- How endpoint $2 of merchant $1 is, and stays until the transaction ends.
SELECT url, failures, failing_since, disabled_at, paused_until, last_success_at
FROM webhook_endpoints
WHERE merchant_id = $1 AND id = $2
FOR NO KEY UPDATE
