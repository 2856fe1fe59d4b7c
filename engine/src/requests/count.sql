-- Adds to the counts of their hours, in the order of the key, so that two servers wait for each other in one direction.
INSERT INTO request_counts AS c (merchant_id, hour, api_key_id, method, route, status, requests, duration_us, slowest_us)
SELECT merchant_id, hour, api_key_id, method, route, status, requests, duration_us, slowest_us
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::int8[], $7::int8[], $8::int8[], $9::int8[])
    AS given (merchant_id, hour, api_key_id, method, route, status, requests, duration_us, slowest_us)
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (merchant_id, hour, api_key_id, method, route, status) DO UPDATE
SET requests = c.requests + excluded.requests,
    duration_us = c.duration_us + excluded.duration_us,
    slowest_us = greatest(c.slowest_us, excluded.slowest_us)
