-- Moves a message that failed too often to the dead letters, with the error $4.
WITH dead AS (
    DELETE FROM queue WHERE module = $1 AND id = $2 AND fence = $3
    RETURNING merchant_id, module, id, payload, enqueued_at, attempts
)
INSERT INTO dead_letters (merchant_id, module, id, payload, enqueued_at, died_at, attempts, error)
SELECT merchant_id, module, id, payload, enqueued_at, clock_timestamp(), attempts, $4
FROM dead
