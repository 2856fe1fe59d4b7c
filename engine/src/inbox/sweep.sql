-- Deletes up to $2 events that were received before $1, with their dead letters, by which nothing could be tried again. What was
-- acknowledged and still waits is kept, because nobody may have been there for so long. One that says so and has no message any
-- more was given up. One that somebody has just begun to try again is seen as changed. Tells how many were deleted.
WITH old AS MATERIALIZED (
    SELECT e.merchant_id, e.source, e.id
    FROM inbox AS e
    WHERE e.received_at < $1
      AND (e.state <> 'received' OR (
          e.changed_at < $1
          AND (e.merchant_id, e.key) NOT IN (
              SELECT q.merchant_id, (q.payload ->> 'event')::uuid
              FROM queue AS q
              WHERE q.module = 'inbox' AND q.payload ->> 'event' IS NOT NULL)))
    LIMIT $2
    FOR UPDATE OF e SKIP LOCKED
), gone AS (
    DELETE FROM inbox AS e
    USING old
    WHERE e.merchant_id = old.merchant_id AND e.source = old.source AND e.id = old.id
    RETURNING e.merchant_id, e.key
), letter AS (
    DELETE FROM dead_letters AS l
    USING gone
    WHERE l.merchant_id = gone.merchant_id AND l.module = 'inbox' AND l.payload = jsonb_build_object('event', gone.key)
)
SELECT count(*) AS deleted FROM gone
