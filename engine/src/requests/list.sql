-- Requests of merchant $1 before row $8, newest first; of statuses $2 to $3, key $4 (apps: the nil id) and route $5, called $6,
-- about purchase $7 or from an app of customer $7, as far as they are given.
SELECT r.id, r.api_key_id, coalesce(k.name, '') AS key_name, coalesce(k.prefix, '') AS key_prefix, r.ended_at, r.duration_us,
    r.method, r.route, r.status, r.request_id, r.item, r.idempotency_key, r.reference, r.purchase_id, r.customer_id,
    r.problem::text AS problem
FROM request_log AS r
LEFT JOIN api_keys AS k ON k.merchant_id = r.merchant_id AND k.id = r.api_key_id
WHERE r.merchant_id = $1
    AND ($2::int4 IS NULL OR r.status >= $2)
    AND ($3::int4 IS NULL OR r.status <= $3)
    AND ($4::uuid IS NULL OR coalesce(r.api_key_id, '00000000-0000-0000-0000-000000000000') = $4)
    AND ($5::text IS NULL OR r.route = $5)
    AND ($6::text IS NULL OR r.request_id = $6 OR r.idempotency_key = $6 OR r.reference = $6 OR r.purchase_id = $7
        OR r.customer_id = $7)
    AND ($8::uuid IS NULL OR r.id < $8)
ORDER BY r.id DESC
LIMIT $9
