-- Request $2 of merchant $1.
SELECT r.id, r.api_key_id, coalesce(k.name, '') AS key_name, coalesce(k.prefix, '') AS key_prefix, r.ended_at, r.duration_us,
    r.method, r.route, r.status, r.request_id, r.item, r.idempotency_key, r.reference, r.purchase_id, r.customer_id,
    r.problem::text AS problem
FROM request_log AS r
LEFT JOIN api_keys AS k ON k.merchant_id = r.merchant_id AND k.id = r.api_key_id
WHERE r.merchant_id = $1 AND r.id = $2
