-- Throws a refused event of merchant $1 away, with its data and its dead letter of module $5.
WITH event AS (
    UPDATE inbox
    SET state = 'discarded', data = NULL, changed_at = $4
    WHERE merchant_id = $1 AND source = $2 AND id = $3 AND state = 'refused'
    RETURNING key
),
letter AS (
    DELETE FROM dead_letters
    USING event
    WHERE merchant_id = $1 AND module = $5 AND payload = jsonb_build_object('event', event.key)
)
SELECT key FROM event
