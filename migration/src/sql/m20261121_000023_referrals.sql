-- Referrals: the codes of customers, the clicks on their links, who came by whom, and what that has come to.

ALTER TABLE merchants ADD COLUMN referrals jsonb;
COMMENT ON COLUMN merchants.referrals IS 'How friends are brought, believed and waited for; NULL: as the program does unless told otherwise.';

ALTER TABLE purchases ADD COLUMN referral_code text;
COMMENT ON COLUMN purchases.referral_code IS 'The code of a friend as the till sent it; it need not be one.';

-- One row for each merchant of whom somebody has a code. Whoever adds a referral, or decides about one, holds its lock,
-- after those of the balances: so that no two can close a circle, or pass a limit, that neither of them sees.
CREATE TABLE referral_programs (
    merchant_id uuid        PRIMARY KEY,
    opened_at   timestamptz NOT NULL
);

-- One code a customer.
CREATE TABLE referral_codes (
    merchant_id uuid        NOT NULL,
    code        text COLLATE "C" NOT NULL,
    customer_id uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    disabled_at timestamptz,
    disabled_by text,
    PRIMARY KEY (merchant_id, code),
    CONSTRAINT referral_codes_customer_id_key UNIQUE (merchant_id, customer_id)
);
COMMENT ON COLUMN referral_codes.disabled_at IS 'Since when it brings nobody, because its owner was banned.';

-- Resolved before a tenant is known, so led by the code.
CREATE TABLE directory_referral_codes (
    code        text COLLATE "C" PRIMARY KEY,
    merchant_id uuid NOT NULL
);

-- How often the links of a code were followed: a number a day, and nothing about whom.
CREATE TABLE referral_visits (
    merchant_id uuid   NOT NULL,
    code        text COLLATE "C" NOT NULL,
    day         date   NOT NULL,
    clicks      bigint NOT NULL,
    PRIMARY KEY (merchant_id, code, day),
    CONSTRAINT referral_visits_clicks_check CHECK (clicks > 0)
);
COMMENT ON COLUMN referral_visits.day IS 'The merchant''s local day.';

-- Who came by whom. The friend is the key: nobody has two advocates, whatever happens at once.
CREATE TABLE referrals (
    merchant_id       uuid        NOT NULL,
    friend_id         uuid        NOT NULL,
    advocate_id       uuid        NOT NULL,
    code              text COLLATE "C" NOT NULL,
    came_by           text        NOT NULL,
    state             text        NOT NULL,
    review            text        NOT NULL,
    risk              jsonb       NOT NULL,
    score             smallint    NOT NULL,
    registered_at     timestamptz NOT NULL,
    qualified_at      timestamptz,
    first_purchase_id uuid,
    rewarded_at       timestamptz,
    ended_at          timestamptz,
    reviewed_by       text,
    reviewed_at       timestamptz,
    changed_at        timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, friend_id),
    CONSTRAINT referrals_self_check CHECK (friend_id <> advocate_id),
    CONSTRAINT referrals_came_by_check CHECK (came_by IN ('link', 'purchase', 'signup')),
    CONSTRAINT referrals_state_check CHECK (state IN ('registered', 'qualified', 'rewarded', 'reversed', 'rejected')),
    CONSTRAINT referrals_review_check CHECK (review IN ('none', 'waiting', 'approved', 'rejected')),
    CONSTRAINT referrals_qualified_check CHECK (
        (qualified_at IS NULL) = (first_purchase_id IS NULL)
        AND (state NOT IN ('qualified', 'rewarded', 'reversed') OR qualified_at IS NOT NULL)
        AND (state <> 'registered' OR qualified_at IS NULL)),
    CONSTRAINT referrals_rewarded_check CHECK (state <> 'rewarded' OR (rewarded_at IS NOT NULL AND review IN ('none', 'approved')))
);
COMMENT ON COLUMN referrals.risk IS 'The reasons to doubt it: [{"reason", "text", "score"}, …], the gravest first.';
COMMENT ON COLUMN referrals.score IS 'Their weights together, at most 100.';
COMMENT ON COLUMN referrals.first_purchase_id IS 'The purchase that qualified it; when all of it is returned, the referral is reversed.';
COMMENT ON COLUMN referrals.ended_at IS 'When it was reversed or rejected.';
COMMENT ON COLUMN referrals.reviewed_by IS 'The member of staff, or the key, who decided.';
CREATE INDEX referrals_advocate_id_idx ON referrals (merchant_id, advocate_id, registered_at);
CREATE INDEX referrals_first_purchase_id_idx ON referrals (merchant_id, first_purchase_id) WHERE first_purchase_id IS NOT NULL;
CREATE INDEX referrals_registered_at_idx ON referrals (merchant_id, registered_at, friend_id);
-- Partial, so that nobody who looks for a friend takes it for the key while the table is small.
CREATE INDEX referrals_waiting_idx ON referrals (merchant_id, registered_at) WHERE review = 'waiting';

-- By which means customers have paid, where tills tell, to find those who recommend themselves.
CREATE TABLE payment_fingerprints (
    merchant_id uuid  NOT NULL,
    customer_id uuid  NOT NULL,
    hash        bytea NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, hash)
);
COMMENT ON COLUMN payment_fingerprints.hash IS 'SHA-256 of the merchant''s id and the fingerprint.';

-- Who is recommended by whom never changes.
CREATE FUNCTION keep_advocate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.merchant_id, NEW.friend_id, NEW.advocate_id, NEW.code) IS DISTINCT FROM
       (OLD.merchant_id, OLD.friend_id, OLD.advocate_id, OLD.code) THEN
        RAISE EXCEPTION 'the advocate of a customer never changes';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER referrals_keep_advocate BEFORE UPDATE ON referrals
    FOR EACH ROW EXECUTE FUNCTION keep_advocate();
