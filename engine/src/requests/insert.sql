-- Writes requests into the log.
INSERT INTO request_log (merchant_id, id, api_key_id, customer_id, ended_at, duration_us, method, route, status, request_id,
    item, idempotency_key, reference, purchase_id, problem)
SELECT merchant_id, id, api_key_id, customer_id, ended_at, duration_us, method, route, status, request_id,
    item, idempotency_key, reference, purchase_id, problem::json
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::int4[], $7::text[], $8::text[],
        $9::int4[], $10::text[], $11::int4[], $12::text[], $13::text[], $14::uuid[], $15::text[])
    AS given (merchant_id, id, api_key_id, customer_id, ended_at, duration_us, method, route, status, request_id,
        item, idempotency_key, reference, purchase_id, problem)
