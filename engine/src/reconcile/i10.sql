-- I10: every message reaches its consumer: none is older than five minutes, none has been given up. By the time of the world: a message
-- waits for a worker, not for the program.
WITH message AS (
    SELECT
        format('message %s of %s', id, module) AS subject,
        enqueued_at < clock_timestamp() - interval '5 minutes' AS wrong,
        format('waits since %s, attempts: %s%s', to_char(enqueued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), attempts,
               coalesce(', ' || last_error, '')) AS detail
    FROM queue
    WHERE merchant_id = $1
    UNION ALL
    SELECT
        format('message %s of %s', id, module),
        parked_at IS NOT NULL OR created_at < clock_timestamp() - interval '5 minutes',
        CASE
            WHEN parked_at IS NOT NULL THEN 'given up: ' || coalesce(error, 'nobody knows why')
            ELSE format('waits since %s', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
        END
    FROM outbox
    WHERE merchant_id = $1
    UNION ALL
    SELECT format('message %s of %s', id, module), true, format('given up after attempts: %s, %s', attempts, error)
    FROM dead_letters
    WHERE merchant_id = $1
)
SELECT
    (SELECT count(*) FROM message),
    (SELECT count(*) FROM message WHERE wrong),
    (
        SELECT jsonb_agg(jsonb_build_object('subject', subject, 'detail', detail))
        FROM (SELECT * FROM message WHERE wrong ORDER BY subject LIMIT $2) AS first
    )
