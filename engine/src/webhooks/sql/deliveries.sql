-- Deliveries to endpoint $2 of merchant $1 before $3, newest first, with the status of the last attempt: those of the states
-- $5, and of kind $6 where one is given.
SELECT d.id, d.endpoint_id, d.event_id, d.kind, d.customer_id, d.sequence, d.state, d.again, d.due_at, d.attempts,
       d.created_at, d.last_attempt_at, NULL::text AS body,
       (SELECT a.status
        FROM webhook_attempts AS a
        WHERE a.merchant_id = d.merchant_id AND a.delivery_id = d.id AND a.number = d.attempts) AS status
FROM unnest($5::text[]) AS wanted (state)
CROSS JOIN LATERAL (
    SELECT d.*
    FROM webhook_deliveries AS d
    WHERE d.merchant_id = $1 AND d.endpoint_id = $2 AND d.state = wanted.state AND ($3::uuid IS NULL OR d.id < $3)
        AND ($6::text IS NULL OR d.kind = $6)
    ORDER BY d.id DESC
    LIMIT $4
) AS d
ORDER BY d.id DESC
LIMIT $4
