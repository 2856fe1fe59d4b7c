-- What happens to points after they were earned: the settings that decide it, the kinds of entries it makes, and the
-- queues by which the program modules follow the ledger.

ALTER TABLE merchants
    ADD COLUMN return_policy text    NOT NULL DEFAULT 'allow_negative',
    ADD COLUMN expiry        jsonb,
    ADD COLUMN pending_days  integer NOT NULL DEFAULT 0,
    ADD COLUMN tiers         jsonb,
    ADD COLUMN cashback_mode text    NOT NULL DEFAULT 'all',
    ADD CONSTRAINT merchants_return_policy_check
        CHECK (return_policy IN ('allow_negative', 'floor_zero', 'pending_until_return_window')),
    ADD CONSTRAINT merchants_pending_days_check CHECK (pending_days BETWEEN 0 AND 3650),
    ADD CONSTRAINT merchants_cashback_mode_check CHECK (cashback_mode IN ('all', 'best'));
COMMENT ON COLUMN merchants.expiry IS 'NULL: points never expire.';
COMMENT ON COLUMN merchants.tiers IS 'How customers move on the tier ladder; NULL: as the program does unless told otherwise.';

ALTER TABLE entries
    DROP CONSTRAINT entries_kind_check,
    ADD CONSTRAINT entries_kind_check CHECK (kind IN (
        'purchase', 'claim', 'opening', 'return', 'maturity', 'expiry', 'adjustment',
        'redemption', 'release', 'cancellation', 'cashback'));

-- What a program module has to do, written in the transaction that gives it cause.
CREATE TABLE queue (
    module       text        NOT NULL,
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    merchant_id  uuid        NOT NULL,
    payload      jsonb       NOT NULL,
    enqueued_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts     integer     NOT NULL DEFAULT 0,
    fence        bigint      NOT NULL DEFAULT 0,
    last_error   text,
    PRIMARY KEY (module, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
COMMENT ON COLUMN queue.due_at IS 'Nobody takes the message before: the end of a lease, or of the pause after a failure.';
COMMENT ON COLUMN queue.fence IS 'Changes with every lease: whoever lost the lease can no longer finish.';
CREATE INDEX queue_module_due_at_idx ON queue (module, due_at);
CREATE SEQUENCE queue_fence;

-- Messages that failed too often. They wait for a person and stop nobody.
CREATE TABLE dead_letters (
    merchant_id uuid        NOT NULL,
    module      text        NOT NULL,
    id          bigint      NOT NULL,
    payload     jsonb       NOT NULL,
    enqueued_at timestamptz NOT NULL,
    died_at     timestamptz NOT NULL,
    attempts    integer     NOT NULL,
    error       text        NOT NULL,
    PRIMARY KEY (merchant_id, module, id)
);
