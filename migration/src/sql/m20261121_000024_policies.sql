-- Reward policies: what a merchant promises for what customers and their friends do, and what came of it.

CREATE TABLE reward_policies (
    merchant_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    state       text        NOT NULL,
    version     integer     NOT NULL,
    terms       jsonb,
    draft       jsonb,
    hears       text        NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT reward_policies_state_check CHECK (
        state IN ('draft', 'running', 'paused', 'archived') AND (terms IS NULL) = (version = 0)
        AND (state = 'archived' OR (state = 'draft') = (terms IS NULL)) AND (terms IS NOT NULL OR draft IS NOT NULL))
);
COMMENT ON COLUMN reward_policies.version IS 'How often it was published.';
COMMENT ON COLUMN reward_policies.terms IS 'What was published last.';
COMMENT ON COLUMN reward_policies.draft IS 'What the next version would say; NULL: nothing else.';
COMMENT ON COLUMN reward_policies.hears IS 'The word of its event, which never changes once it was published.';
CREATE INDEX reward_policies_running_idx ON reward_policies (merchant_id, hears, id) WHERE state = 'running';

-- What a policy said from an instant on, until its next version.
CREATE TABLE reward_policy_versions (
    merchant_id    uuid        NOT NULL,
    policy_id      uuid        NOT NULL,
    version        integer     NOT NULL,
    terms          jsonb       NOT NULL,
    effective_from timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, policy_id, version)
);
CREATE TRIGGER reward_policy_versions_append_only BEFORE UPDATE OR DELETE ON reward_policy_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When it ran: what happens outside of these times counts for nothing.
CREATE TABLE reward_policy_runs (
    merchant_id uuid        NOT NULL,
    policy_id   uuid        NOT NULL,
    began_at    timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (merchant_id, policy_id, began_at)
);

-- What was counted of somebody: of a customer, a friend, or all friends of an advocate. Whoever changes it, or anything
-- below, holds the lock of that customer's balance.
CREATE TABLE policy_counters (
    merchant_id uuid   NOT NULL,
    policy_id   uuid   NOT NULL,
    subject_id  uuid   NOT NULL,
    counted     bigint NOT NULL,
    PRIMARY KEY (merchant_id, policy_id, subject_id),
    CONSTRAINT policy_counters_counted_check CHECK (counted >= 0)
);
CREATE INDEX policy_counters_subject_idx ON policy_counters (merchant_id, subject_id, policy_id);

-- What a purchase counts by now: a message that comes again changes nothing, a return makes it less.
CREATE TABLE policy_counted (
    merchant_id uuid   NOT NULL,
    policy_id   uuid   NOT NULL,
    purchase_id uuid   NOT NULL,
    subject_id  uuid   NOT NULL,
    counted     bigint NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id, policy_id),
    CONSTRAINT policy_counted_counted_check CHECK (counted >= 0)
);

-- Up to where the points of a customer were looked through for a threshold.
CREATE TABLE policy_watched (
    merchant_id uuid   NOT NULL,
    policy_id   uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    sequence    bigint NOT NULL,
    PRIMARY KEY (merchant_id, policy_id, customer_id)
);

-- What was given, or is to be given, or was not. The key is what makes it the only time.
CREATE TABLE policy_awards (
    merchant_id    uuid             NOT NULL,
    policy_id      uuid             NOT NULL,
    cause          text COLLATE "C" NOT NULL,
    beneficiary_id uuid             NOT NULL,
    effect         smallint         NOT NULL,
    id             uuid             NOT NULL,
    version        integer          NOT NULL,
    gives          jsonb            NOT NULL,
    kind           text             NOT NULL,
    amount         bigint           NOT NULL,
    times          integer          NOT NULL,
    friend_id      uuid,
    purchase_id    uuid,
    state          text             NOT NULL,
    reason         text,
    waits          boolean          NOT NULL DEFAULT false,
    undo           boolean          NOT NULL DEFAULT false,
    awarded_at     timestamptz      NOT NULL,
    due_at         timestamptz      NOT NULL,
    changed_at     timestamptz      NOT NULL,
    paid_at        timestamptz,
    posting_id     uuid,
    voucher_id     uuid,
    taken_back     uuid,
    PRIMARY KEY (merchant_id, policy_id, cause, beneficiary_id, effect),
    CONSTRAINT policy_awards_id_key UNIQUE (merchant_id, id),
    CONSTRAINT policy_awards_amount_check CHECK (amount > 0 AND times > 0),
    CONSTRAINT policy_awards_kind_check CHECK (kind IN ('points', 'cashback', 'credits', 'reward', 'discount', 'email')),
    CONSTRAINT policy_awards_state_check CHECK (
        state IN ('held', 'paid', 'cancelled', 'reversed', 'refused')
        AND (state <> 'refused' OR reason IS NOT NULL)
        AND (state IN ('paid', 'reversed')) = (paid_at IS NOT NULL))
);
COMMENT ON COLUMN policy_awards.cause IS 'What happened, so that it happens once: purchase:<id>, first:<customer>, n:<subject>:<n>, …';
COMMENT ON COLUMN policy_awards.amount IS 'All of it: points, minor units or credits; 1 of all else.';
COMMENT ON COLUMN policy_awards.times IS 'How often at once; a cap counts these.';
COMMENT ON COLUMN policy_awards.friend_id IS 'Whose referral it depends on.';
COMMENT ON COLUMN policy_awards.purchase_id IS 'The purchase that caused it; when nothing of that counts any more, it is undone.';
COMMENT ON COLUMN policy_awards.waits IS 'For a person, who reviews the referral.';
COMMENT ON COLUMN policy_awards.undo IS 'Its cause is gone: what it gave is to be taken back.';
COMMENT ON COLUMN policy_awards.taken_back IS 'The posting that took it back.';
CREATE INDEX policy_awards_policy_idx ON policy_awards (merchant_id, policy_id, id);
CREATE INDEX policy_awards_beneficiary_idx ON policy_awards (merchant_id, beneficiary_id, id);
CREATE INDEX policy_awards_purchase_idx ON policy_awards (merchant_id, purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX policy_awards_friend_idx ON policy_awards (merchant_id, friend_id) WHERE friend_id IS NOT NULL;
CREATE INDEX policy_awards_posting_idx ON policy_awards (merchant_id, posting_id) WHERE posting_id IS NOT NULL;
CREATE INDEX policy_awards_taken_back_idx ON policy_awards (merchant_id, taken_back) WHERE taken_back IS NOT NULL;
CREATE INDEX policy_awards_due_idx ON policy_awards (due_at) WHERE (state = 'held' AND NOT waits) OR (state = 'paid' AND undo);

-- Referral credits by local day of the merchant. They count towards tiers.
CREATE TABLE referral_credits (
    merchant_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    day         date   NOT NULL,
    credits     bigint NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, day),
    CONSTRAINT referral_credits_credits_check CHECK (credits >= 0)
);

ALTER TABLE entries DROP CONSTRAINT entries_kind_check;
ALTER TABLE entries ADD CONSTRAINT entries_kind_check CHECK (kind IN (
    'purchase', 'claim', 'opening', 'return', 'maturity', 'expiry', 'adjustment', 'redemption', 'release',
    'cancellation', 'cashback', 'award'));
