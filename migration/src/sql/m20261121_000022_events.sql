-- Events: what happened in a program, for webhooks, the bus, and the customer's own list.

CREATE TABLE events (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    customer_id uuid,
    sequence    bigint,
    kind        text        NOT NULL,
    data        jsonb       NOT NULL,
    happened_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT events_sequence_check CHECK ((customer_id IS NULL) = (sequence IS NULL))
);
COMMENT ON COLUMN events.id IS 'UUIDv7; of what comes with a purchase, the id of the purchase itself, so that it is told once.';
COMMENT ON COLUMN events.sequence IS 'The customer''s event counter, taken under the lock of the balance. Events that have one cause may share it.';
COMMENT ON COLUMN events.happened_at IS 'By the time of the merchant''s program.';
COMMENT ON COLUMN events.created_at IS 'By the time of the world; rows are kept for 30 days from here.';
CREATE INDEX events_customer_id_sequence_idx ON events (merchant_id, customer_id, sequence, id) WHERE customer_id IS NOT NULL;
CREATE INDEX events_created_at_idx ON events (created_at);

-- How far a customer has read the list of notifications.
CREATE TABLE notification_reads (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    seen        bigint      NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id)
);
COMMENT ON COLUMN notification_reads.seen IS 'The event counter of the newest notification that was read.';
