-- What leaves a transaction: messages for modules, mail, remembered answers, results of checks.

CREATE TABLE outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    module      text        NOT NULL,
    merchant_id uuid        NOT NULL,
    payload     jsonb       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    parked_at   timestamptz,
    error       text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON TABLE outbox IS 'One message per batch, merchant and module, written with the effect, deleted by its consumer with its own.';
COMMENT ON COLUMN outbox.parked_at IS 'Set when the consumer could not process the message by itself: it waits for a person and stops nobody.';
CREATE INDEX outbox_module_id_idx ON outbox (module, id) WHERE parked_at IS NULL;

-- Kept by the statistics module, off the purchase path.
CREATE TABLE daily_totals (
    merchant_id uuid   NOT NULL,
    date        date   NOT NULL,
    retailer_id uuid   NOT NULL,
    purchases   bigint NOT NULL DEFAULT 0,
    amount      bigint NOT NULL DEFAULT 0,
    points      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, date, retailer_id)
);
COMMENT ON COLUMN daily_totals.date IS 'Business date of the retailer.';

CREATE TABLE mail (
    id              uuid        PRIMARY KEY,
    merchant_id     uuid        NOT NULL,
    recipient       text        NOT NULL,
    subject         text        NOT NULL,
    body_text       text        NOT NULL,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    last_error      text
);
COMMENT ON TABLE mail IS 'Mail to send; kept 30 days. Without SMTP it is what /dev/mailbox shows.';
CREATE INDEX mail_next_attempt_at_idx ON mail (next_attempt_at) WHERE sent_at IS NULL;
CREATE INDEX mail_created_at_idx ON mail (created_at);

CREATE TABLE idempotency_keys (
    merchant_id  uuid        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    status       integer     NOT NULL,
    body         jsonb       NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, key)
);
COMMENT ON TABLE idempotency_keys IS 'Remembered answers of POSTs other than purchases; kept 30 days.';
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

CREATE TABLE reconciliations (
    merchant_id uuid        NOT NULL,
    invariant   text        NOT NULL,
    checked_at  timestamptz NOT NULL,
    checked     bigint      NOT NULL,
    violations  bigint      NOT NULL,
    findings    jsonb       NOT NULL DEFAULT '[]',
    PRIMARY KEY (merchant_id, invariant)
);
COMMENT ON TABLE reconciliations IS 'The last result of each invariant.';
