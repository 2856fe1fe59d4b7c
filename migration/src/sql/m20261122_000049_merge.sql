-- Two accounts of one person become one: what the one has goes to the other, and its id leads there from then on.

ALTER TABLE customers
    ADD COLUMN merged_into uuid,
    ADD COLUMN merged_at   timestamptz,
    ADD CONSTRAINT customers_merged_check CHECK (
        (merged_into IS NULL) = (merged_at IS NULL)
        AND (merged_into IS NULL OR (merged_into <> id AND erased_at IS NULL AND name IS NULL AND birth_day IS NULL)));
COMMENT ON COLUMN customers.merged_into IS 'The customer whose account goes on; that one was merged into nobody. NULL: this account is in use. The row stays so that its id leads there.';
CREATE INDEX customers_merged_into_idx ON customers (merchant_id, merged_into, id) WHERE merged_into IS NOT NULL;

-- The same where whoever moves points has it under lock anyway. What is asked of every balance comes first.
ALTER TABLE balances
    ADD COLUMN merged_into uuid,
    ADD CONSTRAINT balances_merged_check CHECK (
        merged_into IS NULL
        OR (available = 0 AND pending = 0 AND reserved = 0 AND debt = 0 AND undated = 0 AND lifetime = 0
            AND purchases = 0 AND spent = 0));
COMMENT ON COLUMN balances.merged_into IS 'As customers.merged_into: who holds the lock of this row knows that nothing moves here any more.';

-- Both keep the addresses, numbers and cards by which they were found: of a kind there may be several now.
ALTER TABLE customer_identities
    ADD COLUMN place       smallint NOT NULL DEFAULT 0,
    ADD COLUMN merged_from uuid,
    DROP CONSTRAINT customer_identities_kind_key,
    ADD CONSTRAINT customer_identities_kind_key UNIQUE (merchant_id, customer_id, kind, place),
    ADD CONSTRAINT customer_identities_place_check CHECK (place >= 0);
COMMENT ON COLUMN customer_identities.place IS '0: the one of its kind that is shown and written to. More: it came with an account that was merged, and finds the customer as well.';
COMMENT ON COLUMN customer_identities.merged_from IS 'The account that it came with.';

-- That two accounts were merged, and what the one had. Written once, never changed.
CREATE TABLE merges (
    merchant_id uuid        NOT NULL,
    from_id     uuid        NOT NULL,
    into_id     uuid        NOT NULL,
    merged_at   timestamptz NOT NULL,
    note        text        NOT NULL,
    actor       text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL,
    posting_out uuid,
    posting_in  uuid,
    moved       jsonb       NOT NULL,
    tier        jsonb       NOT NULL,
    PRIMARY KEY (merchant_id, from_id),
    CONSTRAINT merges_self_check CHECK (from_id <> into_id),
    CONSTRAINT merges_actor_check CHECK (actor IN ('key', 'staff', 'system')),
    CONSTRAINT merges_postings_check CHECK ((posting_out IS NULL) = (posting_in IS NULL))
);
COMMENT ON COLUMN merges.into_id IS 'As it was then: that one may have been merged since. Who it is by now is in customers.merged_into.';
COMMENT ON COLUMN merges.note IS 'What staff wrote; empty: nothing, or it was deleted with an erased customer.';
COMMENT ON COLUMN merges.posting_out IS 'The posting by which the points left the one account; NULL: there were none.';
COMMENT ON COLUMN merges.posting_in IS 'The posting by which they came to the other.';
COMMENT ON COLUMN merges.moved IS 'What the one had: points, money, and how many rows of what.';
COMMENT ON COLUMN merges.tier IS 'What the tiers of both were called before.';
CREATE INDEX merges_into_id_idx ON merges (merchant_id, into_id, merged_at);
CREATE INDEX merges_merged_at_idx ON merges (merchant_id, merged_at, from_id);

ALTER TABLE entries DROP CONSTRAINT entries_kind_check;
ALTER TABLE entries ADD CONSTRAINT entries_kind_check CHECK (kind IN (
    'purchase', 'claim', 'opening', 'return', 'maturity', 'expiry', 'adjustment', 'redemption', 'release',
    'cancellation', 'cashback', 'award', 'merge'));

-- The one change that rows which never change allow: whose they are, from somebody who was merged to the one who goes on.
CREATE FUNCTION is_merged_into(merchant uuid, before text, after text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT before IS NOT DISTINCT FROM after
        OR EXISTS (SELECT FROM customers WHERE merchant_id = merchant AND id = before::uuid AND merged_into = after::uuid)
$$;
COMMENT ON FUNCTION is_merged_into IS 'Whether two columns name the same customer, before and after a merge.';

-- The rows are compared as they are stored, not as documents: a customer with a hundred thousand purchases is merged in seconds.
CREATE FUNCTION refuse_all_but_merging() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moved := NEW;
        moved.customer_id := OLD.customer_id;
        IF moved *= OLD AND is_merged_into(OLD.merchant_id, OLD.customer_id::text, NEW.customer_id::text) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION refuse_all_but_merging IS 'For rows that never change: customer_id may go from a customer to the one into whom that was merged.';

CREATE FUNCTION refuse_all_but_merging_and_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved  record;
    before jsonb;
    after  jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moved := NEW;
        moved.customer_id := OLD.customer_id;
        IF moved *= OLD AND is_merged_into(OLD.merchant_id, OLD.customer_id::text, NEW.customer_id::text) THEN
            RETURN NEW;
        END IF;
        before := to_jsonb(OLD);
        after  := to_jsonb(NEW);
        IF after - TG_ARGV::text[] = before - TG_ARGV::text[]
           AND NOT EXISTS (
               SELECT FROM unnest(TG_ARGV) AS emptied (name)
               WHERE after ->> emptied.name NOT IN ('', '\x')
                 AND after -> emptied.name IS DISTINCT FROM before -> emptied.name)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
COMMENT ON FUNCTION refuse_all_but_merging_and_forgetting IS 'The same; or else the columns in the arguments may be emptied.';

DROP TRIGGER purchases_append_only ON purchases;
CREATE TRIGGER purchases_append_only BEFORE UPDATE OR DELETE ON purchases
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_merging_and_forgetting('customer_key');
COMMENT ON TABLE purchases IS 'Written once, never changed: the first answer can be given again from this row alone. Only whose it is follows a merge, and whom a till has named is forgotten.';
DROP TRIGGER adjustments_append_only ON adjustments;
CREATE TRIGGER adjustments_append_only BEFORE UPDATE OR DELETE ON adjustments
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_merging_and_forgetting('reason');
DROP TRIGGER returns_append_only ON returns;
CREATE TRIGGER returns_append_only BEFORE UPDATE OR DELETE ON returns
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_merging();
CREATE TRIGGER merges_append_only BEFORE UPDATE OR DELETE ON merges
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_forgetting('note');
