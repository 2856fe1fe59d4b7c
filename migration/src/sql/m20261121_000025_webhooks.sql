-- Webhooks: where events go, what became of each, and every attempt.

CREATE TABLE webhook_endpoints (
    merchant_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    url             text        NOT NULL,
    kinds           text[]      NOT NULL,
    created_at      timestamptz NOT NULL,
    listens_since   timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at     timestamptz,
    disabled_why    text,
    failures        integer     NOT NULL DEFAULT 0,
    failing_since   timestamptz,
    paused_until    timestamptz,
    last_success_at timestamptz,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT webhook_endpoints_failing_check CHECK (failures >= 0 AND (failures > 0) = (failing_since IS NOT NULL)),
    CONSTRAINT webhook_endpoints_disabled_check CHECK (
        (disabled_at IS NULL) = (disabled_why IS NULL) AND (disabled_why IN ('merchant', 'gone', 'failing')))
);
COMMENT ON COLUMN webhook_endpoints.kinds IS 'The events that it hears; empty: every kind, those of later versions too.';
COMMENT ON COLUMN webhook_endpoints.listens_since IS 'By the clock of the database: events written before are not for it. Set anew when it is enabled or hears other kinds.';
COMMENT ON COLUMN webhook_endpoints.failures IS 'Attempts that failed since the last that did not.';
COMMENT ON COLUMN webhook_endpoints.failing_since IS 'The first of these.';
COMMENT ON COLUMN webhook_endpoints.paused_until IS 'While it seems to be away nothing is sent before this instant.';

CREATE TABLE webhook_secrets (
    merchant_id uuid        NOT NULL,
    endpoint_id uuid        NOT NULL,
    number      integer     NOT NULL,
    secret      bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    PRIMARY KEY (merchant_id, endpoint_id, number)
);
COMMENT ON COLUMN webhook_secrets.secret IS 'As it is, because it has to sign; shown once, to whoever made it.';
COMMENT ON COLUMN webhook_secrets.expires_at IS 'One that was replaced signs beside the new one until then.';

CREATE TABLE webhook_deliveries (
    merchant_id      uuid        NOT NULL,
    endpoint_id      uuid        NOT NULL,
    event_id         uuid        NOT NULL,
    id               uuid        NOT NULL,
    customer_id      uuid,
    sequence         bigint,
    kind             text        NOT NULL,
    body             text        NOT NULL,
    created_at       timestamptz NOT NULL,
    state            text        NOT NULL DEFAULT 'waiting',
    again            boolean     NOT NULL DEFAULT false,
    due_at           timestamptz NOT NULL,
    attempts         integer     NOT NULL DEFAULT 0,
    tries            integer     NOT NULL DEFAULT 0,
    started_at       timestamptz NOT NULL,
    last_attempt_at  timestamptz,
    PRIMARY KEY (merchant_id, endpoint_id, event_id),
    CONSTRAINT webhook_deliveries_id_key UNIQUE (merchant_id, id),
    CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('waiting', 'delivered', 'failed'))
);
COMMENT ON TABLE webhook_deliveries IS 'One row for each endpoint and event; kept 30 days.';
COMMENT ON COLUMN webhook_deliveries.id IS 'UUIDv7: the order of the log.';
COMMENT ON COLUMN webhook_deliveries.body IS 'What is sent, to the letter: every attempt sends the same.';
COMMENT ON COLUMN webhook_deliveries.again IS 'False: it goes in order, after what its customer has before it. True: it was tried and goes by itself when it is due.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'All that were made, which numbers them.';
COMMENT ON COLUMN webhook_deliveries.tries IS 'Those of the schedule that is under way; sending it by hand begins another.';
CREATE INDEX webhook_deliveries_ordered_idx ON webhook_deliveries (merchant_id, endpoint_id, id)
    WHERE state = 'waiting' AND NOT again;
CREATE INDEX webhook_deliveries_heads_idx ON webhook_deliveries (merchant_id, endpoint_id, customer_id, sequence, event_id)
    WHERE state = 'waiting' AND NOT again;
CREATE INDEX webhook_deliveries_again_idx ON webhook_deliveries (merchant_id, endpoint_id, due_at)
    WHERE state = 'waiting' AND again;
CREATE INDEX webhook_deliveries_log_idx ON webhook_deliveries (merchant_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    merchant_id  uuid        NOT NULL,
    delivery_id  uuid        NOT NULL,
    number       integer     NOT NULL,
    attempted_at timestamptz NOT NULL,
    duration_ms  integer     NOT NULL,
    status       integer,
    error        text,
    answer       text        NOT NULL,
    PRIMARY KEY (merchant_id, delivery_id, number)
);
COMMENT ON COLUMN webhook_attempts.status IS 'HTTP status; nothing when there was no answer, and then why stands in error.';
COMMENT ON COLUMN webhook_attempts.answer IS 'The first kilobyte of what was answered.';
CREATE INDEX webhook_attempts_attempted_at_idx ON webhook_attempts (attempted_at);

-- Two lanes an endpoint: what goes in order, and what is tried again. Whoever has the lease of a lane works it off alone.
CREATE TABLE webhook_lanes (
    merchant_id  uuid        NOT NULL,
    endpoint_id  uuid        NOT NULL,
    again        boolean     NOT NULL,
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    fence        bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, endpoint_id, again)
);
COMMENT ON COLUMN webhook_lanes.fence IS 'Raised with every lease: a sender that was only slow finds that the lane is no longer its own.';
