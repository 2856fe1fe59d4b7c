-- Puts a refused event of merchant $1 back into the queue of module $5, in place of its dead letter.
WITH event AS (
    UPDATE inbox
    SET state = 'received', problem = NULL, changed_at = $4
    WHERE merchant_id = $1 AND source = $2 AND id = $3 AND state = 'refused' AND data IS NOT NULL
    RETURNING key
),
letter AS (
    DELETE FROM dead_letters
    USING event
    WHERE merchant_id = $1 AND module = $5 AND payload = jsonb_build_object('event', event.key)
),
queued AS (
    INSERT INTO queue (module, merchant_id, payload)
    SELECT $5, $1, jsonb_build_object('event', key) FROM event
)
SELECT key FROM event
