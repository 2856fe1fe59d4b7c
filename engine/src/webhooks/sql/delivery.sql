-- Delivery $2 of merchant $1, as long as its endpoint is there.
SELECT d.id, d.endpoint_id, d.event_id, d.kind, d.customer_id, d.sequence, d.state, d.again, d.due_at, d.attempts,
       d.created_at, d.last_attempt_at, d.body,
       (SELECT a.status
        FROM webhook_attempts AS a
        WHERE a.merchant_id = d.merchant_id AND a.delivery_id = d.id AND a.number = d.attempts) AS status
FROM webhook_deliveries AS d
WHERE d.merchant_id = $1 AND d.id = $2
    AND EXISTS (SELECT FROM webhook_endpoints AS w WHERE w.merchant_id = $1 AND w.id = d.endpoint_id)
