-- What is to be tried again in shard $4 of endpoint $2 of merchant $1 at $3, due longest first.
SELECT id, event_id, body
FROM webhook_deliveries
WHERE merchant_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND again
    AND webhook_shard(customer_id, id) = $4 AND due_at <= $3
ORDER BY due_at
LIMIT 1
