-- What waits and what was given up for merchant $1, by module.
SELECT
    coalesce(waiting.module, dead.module) AS module,
    coalesce(waiting.waiting, 0) AS waiting,
    coalesce(waiting.failing, 0) AS failing,
    waiting.oldest,
    coalesce(dead.dead, 0) AS dead
FROM (
    SELECT module, count(*) AS waiting, count(*) FILTER (WHERE last_error IS NOT NULL) AS failing, min(enqueued_at) AS oldest
    FROM queue
    WHERE merchant_id = $1
    GROUP BY module
) AS waiting
FULL JOIN (
    SELECT module, count(*) AS dead
    FROM dead_letters
    WHERE merchant_id = $1
    GROUP BY module
) AS dead USING (module)
ORDER BY 1
