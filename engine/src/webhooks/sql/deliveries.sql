-- Deliveries to endpoint $2 of merchant $1 before $3, newest first, with the status of the last attempt.
SELECT d.id, d.endpoint_id, d.event_id, d.kind, d.customer_id, d.sequence, d.state, d.again, d.due_at, d.attempts,
       d.created_at, d.last_attempt_at, NULL::text AS body,
       (SELECT a.status
        FROM webhook_attempts AS a
        WHERE a.merchant_id = d.merchant_id AND a.delivery_id = d.id AND a.number = d.attempts) AS status
FROM webhook_deliveries AS d
WHERE d.merchant_id = $1 AND d.endpoint_id = $2 AND ($3::uuid IS NULL OR d.id < $3)
ORDER BY d.id DESC
LIMIT $4
