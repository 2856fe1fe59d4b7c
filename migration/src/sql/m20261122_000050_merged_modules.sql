-- What modules keep of customers goes with a merge.

-- Whose it is follows, and nothing else of it changes.
DROP TRIGGER cashback_credits_append_only ON cashback_credits;
CREATE TRIGGER cashback_credits_append_only BEFORE UPDATE OR DELETE ON cashback_credits
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_merging();

-- Both codes go on bringing friends: one is the customer's own, any further ones came with a merge.
ALTER TABLE referral_codes
    DROP CONSTRAINT referral_codes_customer_id_key,
    ADD COLUMN merged_at timestamptz;
COMMENT ON COLUMN referral_codes.merged_at IS 'When it came with a merge to somebody who had one; NULL: it is the code that is shown.';
CREATE UNIQUE INDEX referral_codes_customer_id_key ON referral_codes (merchant_id, customer_id) WHERE merged_at IS NULL;
CREATE INDEX referral_codes_customer_id_idx ON referral_codes (merchant_id, customer_id);

-- Who is recommended by whom never changes, but that one of the two may go by another id.
CREATE OR REPLACE FUNCTION keep_advocate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.merchant_id, NEW.friend_id, NEW.code) IS DISTINCT FROM (OLD.merchant_id, OLD.friend_id, OLD.code)
       OR NOT is_merged_into(OLD.merchant_id, OLD.advocate_id::text, NEW.advocate_id::text)
    THEN
        RAISE EXCEPTION 'the advocate of a customer never changes';
    END IF;
    RETURN NEW;
END
$$;

-- Limits for each customer were kept by those who took the rewards.
ALTER TABLE redemptions ADD COLUMN taken_as uuid;
COMMENT ON COLUMN redemptions.taken_as IS 'The id under which it was taken, when that customer was merged into another one since; NULL: that of the customer.';

-- What is counted of somebody is found by the purchase, and by a merge by whom it is counted of.
CREATE INDEX policy_counted_subject_idx ON policy_counted (merchant_id, subject_id);
