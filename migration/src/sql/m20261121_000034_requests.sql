-- What programs have asked of the API: requests that wrote something or were refused, and how many there were.

CREATE TABLE request_log (
    merchant_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    api_key_id      uuid        NOT NULL,
    ended_at        timestamptz NOT NULL,
    duration_us     int4        NOT NULL,
    method          text        NOT NULL,
    route           text        NOT NULL,
    status          int4        NOT NULL,
    request_id      text        NOT NULL,
    item            int4,
    idempotency_key text,
    reference       text,
    purchase_id     uuid,
    problem         json,
    PRIMARY KEY (merchant_id, id)
);
COMMENT ON TABLE request_log IS 'Requests of API keys that wrote something or were refused, kept 30 days. No bodies, no addresses, no people.';
COMMENT ON COLUMN request_log.id IS 'UUIDv7 of the moment it ended: the order of the list.';
COMMENT ON COLUMN request_log.route IS 'The pattern of the address, as the API description has it: what stood in its place is not kept.';
COMMENT ON COLUMN request_log.item IS 'Of a batch: the place of the one item that was refused.';
COMMENT ON COLUMN request_log.reference IS 'The caller''s own name for what it sent: the transaction id of a purchase or return, the id of an event.';
COMMENT ON COLUMN request_log.problem IS 'Why it was refused, without the values that were sent.';
CREATE INDEX request_log_request_idx ON request_log (merchant_id, request_id);
CREATE INDEX request_log_idempotency_idx ON request_log (merchant_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX request_log_reference_idx ON request_log (merchant_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX request_log_purchase_idx ON request_log (merchant_id, purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX request_log_ended_at_idx ON request_log (ended_at);

CREATE TABLE request_counts (
    merchant_id uuid        NOT NULL,
    hour        timestamptz NOT NULL,
    api_key_id  uuid        NOT NULL,
    method      text        NOT NULL,
    route       text        NOT NULL,
    status      int4        NOT NULL,
    requests    int8        NOT NULL,
    duration_us int8        NOT NULL,
    slowest_us  int4        NOT NULL,
    PRIMARY KEY (merchant_id, hour, api_key_id, method, route, status)
);
COMMENT ON TABLE request_counts IS 'How many such requests there were in an hour, also of those that are not written down one by one. Kept 30 days.';
COMMENT ON COLUMN request_counts.duration_us IS 'Of all of them together.';
CREATE INDEX request_counts_hour_idx ON request_counts (hour);

-- An event is looked for by the id that its source gave it, whatever the source.
CREATE INDEX inbox_id_idx ON inbox (id, merchant_id);
