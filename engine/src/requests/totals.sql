-- How many requests each key of merchant $1, and all apps together, have made since hour $2, most refusals first.
SELECT c.api_key_id AS key, coalesce(k.name, '') AS key_name, coalesce(k.prefix, '') AS key_prefix,
    c.answered, c.refused, c.duration_us, c.slowest_us
FROM (
    SELECT api_key_id,
        coalesce(sum(requests) FILTER (WHERE status < 400), 0)::int8 AS answered,
        coalesce(sum(requests) FILTER (WHERE status >= 400), 0)::int8 AS refused,
        sum(duration_us)::int8 AS duration_us,
        max(slowest_us) AS slowest_us
    FROM request_counts
    WHERE merchant_id = $1 AND hour >= $2
    GROUP BY api_key_id
) AS c
LEFT JOIN api_keys AS k ON k.merchant_id = $1 AND k.id = c.api_key_id
ORDER BY c.refused DESC, c.answered DESC, c.api_key_id
LIMIT 200
