-- Tiers: the ladder of a merchant, what counts towards it, who stands where, and how everybody got there.

CREATE TABLE tiers (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    threshold   bigint      NOT NULL,
    terms       jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT tiers_name_key UNIQUE (merchant_id, name),
    CONSTRAINT tiers_threshold_key UNIQUE (merchant_id, threshold),
    CONSTRAINT tiers_threshold_check CHECK (threshold >= 0)
);
COMMENT ON COLUMN tiers.name IS 'In lower case, so that no two names differ only in that; as people write it, it is in the terms.';

-- One row for each merchant that has, or has had, tiers. Whoever changes the ladder holds the row's lock; whoever moves
-- a customer, or counts something, shares it, before the lock of the balance. So a change of the ladder sees everybody
-- stand still, and nobody is moved by a ladder that is just being changed.
CREATE TABLE tier_ladders (
    merchant_id uuid        PRIMARY KEY,
    opened_at   timestamptz NOT NULL,
    seen_at     timestamptz,
    swept_at    timestamptz
);
COMMENT ON COLUMN tier_ladders.opened_at IS 'By the clock of the server: when the first tier was made, and everything before was counted.';
COMMENT ON COLUMN tier_ladders.seen_at IS 'By the clock of the database: when a job first saw that. Transactions that are older may not know that they have to tell.';
COMMENT ON COLUMN tier_ladders.swept_at IS 'When the last of these had ended and what they had written was counted.';

-- Where a customer stands. Who has no row stands where one begins: on the tier that everybody has, else on none.
CREATE TABLE tier_memberships (
    merchant_id  uuid        NOT NULL,
    customer_id  uuid        NOT NULL,
    tier_id      uuid,
    since        date        NOT NULL,
    kept_until   date,
    pinned_until date,
    manual       text,
    due_on       date,
    moves        integer     NOT NULL DEFAULT 0,
    changed_at   timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id),
    CONSTRAINT tier_memberships_manual_check CHECK (manual IN ('promoted', 'demoted'))
);
COMMENT ON COLUMN tier_memberships.due_on IS 'The first day on which time alone may change something; NULL: none.';
COMMENT ON COLUMN tier_memberships.moves IS 'The number of the newest of the customer''s moves.';
CREATE INDEX tier_memberships_due_on_idx ON tier_memberships (merchant_id, due_on) WHERE due_on IS NOT NULL;
-- Partial, so that nobody who looks for a customer takes it for the key while the table is small.
CREATE INDEX tier_memberships_tier_id_idx ON tier_memberships (merchant_id, tier_id) WHERE tier_id IS NOT NULL;

-- What a purchase counts, less what was returned of it: one row for each, so that a message that comes again, late or in
-- another order, changes nothing.
CREATE TABLE tier_counted (
    merchant_id uuid   NOT NULL,
    purchase_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    day         date   NOT NULL,
    points      bigint NOT NULL,
    spend       bigint NOT NULL,
    purchases   bigint NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id),
    CONSTRAINT tier_counted_counts_check CHECK (points >= 0 AND spend >= 0 AND purchases BETWEEN 0 AND 1)
);
COMMENT ON COLUMN tier_counted.day IS 'The merchant''s local day on which it happened.';
COMMENT ON COLUMN tier_counted.purchases IS '0 once all of it was returned.';

-- The sum of that by customer and day, so that every window is a sum of days.
CREATE TABLE tier_activity (
    merchant_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    day         date   NOT NULL,
    points      bigint NOT NULL,
    spend       bigint NOT NULL,
    purchases   bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, day),
    CONSTRAINT tier_activity_counts_check CHECK (points >= 0 AND spend >= 0 AND purchases >= 0)
);

-- Every real change of a customer's tier, with the mail and the message to the page in one transaction.
CREATE TABLE tier_moves (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    number      integer     NOT NULL,
    moved       text        NOT NULL,
    from_tier   uuid,
    from_name   text,
    to_tier     uuid,
    to_name     text,
    reason      jsonb       NOT NULL,
    basis       text        NOT NULL,
    actor_name  text,
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, number),
    CONSTRAINT tier_moves_moved_check CHECK (moved IN ('up', 'down')),
    CONSTRAINT tier_moves_tier_check CHECK (from_tier IS DISTINCT FROM to_tier)
);
COMMENT ON COLUMN tier_moves.from_name IS 'As it was called then, so that the history can be read when the tier is gone.';
COMMENT ON COLUMN tier_moves.basis IS 'What the numbers of the reason count.';
COMMENT ON COLUMN tier_moves.actor_name IS 'The member of staff, or the key, who did it; NULL: the program itself.';
CREATE TRIGGER tier_moves_append_only BEFORE UPDATE OR DELETE ON tier_moves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
