-- Of every queue and of the outbox, by module: what waits, what was given up, and for how many seconds the oldest waits.
SELECT
    module,
    count(*) FILTER (WHERE NOT dead) AS waiting,
    count(*) FILTER (WHERE dead) AS dead,
    coalesce(extract(epoch FROM clock_timestamp() - min(since) FILTER (WHERE NOT dead)), 0)::float8 AS lag
FROM (
    SELECT module, enqueued_at AS since, false AS dead FROM queue
    UNION ALL
    SELECT module, created_at, parked_at IS NOT NULL FROM outbox
    UNION ALL
    SELECT module, enqueued_at, true FROM dead_letters
) AS message
GROUP BY module
ORDER BY module
