-- Erasing a customer: no personal data stay anywhere, and every sum of the ledger stays as it is, under the opaque id.

ALTER TABLE customers ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN customers.erased_at IS 'The account was closed and everything personal deleted; NULL: it is open.';

-- The same where whoever moves points has it under lock anyway.
ALTER TABLE balances ADD COLUMN erased_at timestamptz;
COMMENT ON COLUMN balances.erased_at IS 'As customers.erased_at: who holds the lock of this row knows whether the account is closed.';

CREATE TABLE erasures (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    erased_at   timestamptz NOT NULL,
    reason      text        NOT NULL,
    actor       text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL,
    removed     jsonb       NOT NULL,
    kept        jsonb       NOT NULL,
    lost        jsonb       NOT NULL,
    PRIMARY KEY (merchant_id, customer_id),
    CONSTRAINT erasures_reason_check CHECK (reason IN ('requested', 'left', 'inactive', 'duplicate', 'other')),
    CONSTRAINT erasures_actor_check CHECK (actor IN ('key', 'staff', 'customer', 'system'))
);
COMMENT ON TABLE erasures IS 'Who erased whom and why, in closed words: nothing in it tells who the customer was. Written once, never changed.';
COMMENT ON COLUMN erasures.removed IS 'How many rows of what were deleted, or had something personal taken out of them.';
COMMENT ON COLUMN erasures.kept IS 'How many rows of what stay under the opaque id.';
COMMENT ON COLUMN erasures.lost IS 'What the customer could still have spent, at that moment.';
CREATE INDEX erasures_erased_at_idx ON erasures (merchant_id, erased_at, customer_id);
CREATE TRIGGER erasures_append_only BEFORE UPDATE OR DELETE ON erasures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Letters are of somebody; those to staff, and codes for an address that nobody has yet, are of nobody.
ALTER TABLE mail ADD COLUMN customer_id uuid;
COMMENT ON COLUMN mail.customer_id IS 'The customer it was written to; NULL: staff, or an address that no customer has yet.';
CREATE INDEX mail_customer_id_idx ON mail (merchant_id, customer_id, id) WHERE customer_id IS NOT NULL;
UPDATE mail AS m
SET customer_id = i.customer_id
FROM customer_identities AS i
WHERE i.merchant_id = m.merchant_id AND i.kind = 'email' AND i.value = m.recipient;

CREATE INDEX webhook_deliveries_customer_id_idx ON webhook_deliveries (merchant_id, customer_id, endpoint_id, event_id)
    WHERE customer_id IS NOT NULL;

-- Purchases that were held for somebody unknown are found by the hash of the words that named the customer.
CREATE INDEX purchases_held_for_idx ON purchases (merchant_id, customer_key)
    WHERE customer_id IS NULL AND customer_key IS NOT NULL;

-- Rows that never change may forget whom they name: the columns in the trigger's arguments may be emptied, and nothing else.
CREATE FUNCTION refuse_all_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after  jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
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
COMMENT ON COLUMN purchases.customer_key IS 'Hash of the customer reference as it was sent; lets a replay be recognised when identities changed. Empty: whom it named was erased.';
DROP TRIGGER purchases_append_only ON purchases;
CREATE TRIGGER purchases_append_only BEFORE UPDATE OR DELETE ON purchases
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_forgetting('customer_key');
COMMENT ON COLUMN adjustments.reason IS 'Empty: what was written about an erased customer was deleted.';
DROP TRIGGER adjustments_append_only ON adjustments;
CREATE TRIGGER adjustments_append_only BEFORE UPDATE OR DELETE ON adjustments
    FOR EACH ROW EXECUTE FUNCTION refuse_all_but_forgetting('reason');

-- Codes that were sent to an address before its first sign-in made a customer of it.
CREATE INDEX mail_recipient_idx ON mail (merchant_id, recipient) WHERE customer_id IS NULL;
