-- What a return has undone can be given again, and what is given for each unit is taken back for those that are returned.

ALTER TABLE policy_awards ADD COLUMN round integer NOT NULL DEFAULT 1;
ALTER TABLE policy_awards ADD COLUMN keeps integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN policy_awards.round IS 'The next begins when a return has undone the last and a purchase causes it again: at most one stands.';
COMMENT ON COLUMN policy_awards.keeps IS 'How often of it stays when it is undone; 0: not at all.';
ALTER TABLE policy_awards DROP CONSTRAINT policy_awards_pkey;
ALTER TABLE policy_awards ADD PRIMARY KEY (merchant_id, policy_id, cause, beneficiary_id, effect, round);
ALTER TABLE policy_awards ADD CONSTRAINT policy_awards_round_check CHECK (round > 0 AND keeps >= 0 AND keeps < times);

-- What was taken back of awards of which something stays: the award says what that is.
CREATE TABLE policy_award_returns (
    merchant_id uuid        NOT NULL,
    award_id    uuid        NOT NULL,
    kept        integer     NOT NULL,
    amount      bigint      NOT NULL,
    posting_id  uuid,
    taken_at    timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, award_id, kept),
    CONSTRAINT policy_award_returns_amount_check CHECK (amount > 0 AND kept > 0)
);
COMMENT ON COLUMN policy_award_returns.kept IS 'How often of it stayed; less every time.';
CREATE INDEX policy_award_returns_posting_idx ON policy_award_returns (merchant_id, posting_id) WHERE posting_id IS NOT NULL;
