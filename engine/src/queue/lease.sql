-- Leases up to $2 messages of module $1 that are due, for $3 seconds; no more of them once they name $4 things. Messages
-- that another worker is leasing at this moment are passed over; those whose lease ran out, because their worker died,
-- are due again.
WITH due AS (
    SELECT id, due_at, payload
    FROM queue
    WHERE module = $1 AND due_at <= clock_timestamp()
    ORDER BY due_at, id
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), counted AS (
    SELECT due.id, sum(named.things) OVER (ORDER BY due.due_at, due.id) - named.things AS before
    FROM due
    CROSS JOIN LATERAL (
        SELECT CASE WHEN jsonb_typeof(due.payload) = 'object' THEN (
            SELECT coalesce(sum(jsonb_array_length(word.value)), 0)
            FROM jsonb_each(due.payload) AS word
            WHERE jsonb_typeof(word.value) = 'array'
        ) ELSE 0 END AS things
    ) AS named
)
UPDATE queue AS q
SET due_at   = clock_timestamp() + make_interval(secs => $3),
    attempts = q.attempts + 1,
    fence    = nextval('queue_fence')
FROM counted
WHERE q.module = $1 AND q.id = counted.id AND counted.before < $4::int8
RETURNING q.id, q.merchant_id, q.payload, q.attempts, q.fence
