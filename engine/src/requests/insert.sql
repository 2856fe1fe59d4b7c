-- Writes requests into the log.
INSERT INTO request_log (merchant_id, id, api_key_id, ended_at, duration_us, method, route, status, request_id, item,
    idempotency_key, reference, purchase_id, problem)
SELECT merchant_id, id, api_key_id, ended_at, duration_us, method, route, status, request_id, item,
    idempotency_key, reference, purchase_id, problem::json
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::int4[], $6::text[], $7::text[], $8::int4[],
        $9::text[], $10::int4[], $11::text[], $12::text[], $13::uuid[], $14::text[])
    AS given (merchant_id, id, api_key_id, ended_at, duration_us, method, route, status, request_id, item,
        idempotency_key, reference, purchase_id, problem)
