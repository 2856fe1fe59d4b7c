-- Rows that follow a merge are compared as they are stored, not as documents: a customer with a hundred thousand purchases is
-- merged in seconds.

CREATE OR REPLACE FUNCTION refuse_all_but_merging() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION refuse_all_but_merging_and_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
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
