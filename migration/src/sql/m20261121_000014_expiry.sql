-- Points that nobody spends in time, who is told before, and points that the staff give or take.

ALTER TABLE merchants ADD COLUMN expiry_since date;
COMMENT ON COLUMN merchants.expiry_since IS 'From this local day on, inactivity counts: the day on which that policy was set. NULL under other policies.';

-- Never by `remaining`: an index that depends on it would make every spending a new row version in every index.
CREATE INDEX lots_merchant_id_expires_on_idx ON lots (merchant_id, expires_on, customer_id) WHERE expires_on < '9999-12-31';

-- The last local day for which a merchant's expiries and warnings are complete. Only saves work: what is due is decided
-- by the lots, so that a round too many changes nothing.
CREATE TABLE expiry_runs (
    merchant_id uuid PRIMARY KEY,
    date        date NOT NULL
);

-- One row for every warning that was given: the key is what makes it the only one.
CREATE TABLE expiry_warnings (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    expires_on  date        NOT NULL,
    warning     text        NOT NULL,
    points      bigint      NOT NULL,
    warned_at   timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, expires_on, warning),
    CONSTRAINT expiry_warnings_warning_check CHECK (warning IN ('month', 'week', 'day'))
);
COMMENT ON COLUMN expiry_warnings.points IS 'How many were about to expire when the customer was told.';

-- Points that somebody gave or took by hand, and why.
CREATE TABLE adjustments (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    points      bigint      NOT NULL,
    reason      text        NOT NULL,
    expires_on  date,
    actor       text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT adjustments_points_check CHECK (points <> 0),
    CONSTRAINT adjustments_actor_check CHECK (actor IN ('key', 'staff', 'system'))
);
COMMENT ON COLUMN adjustments.id IS 'Also the posting of its entries.';
CREATE INDEX adjustments_merchant_id_customer_id_idx ON adjustments (merchant_id, customer_id, id);
CREATE TRIGGER adjustments_append_only BEFORE UPDATE OR DELETE ON adjustments FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
