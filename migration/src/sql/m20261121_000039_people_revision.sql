-- How often a reference to a customer was given to somebody else or taken away. Whoever remembers who was meant by one
-- reads this first. New references change nothing that anybody could remember.
ALTER TABLE merchant_revisions ADD COLUMN people bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN merchant_revisions.people IS 'Identities of customers that were changed or taken away.';

CREATE FUNCTION count_changed_identities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE merchant_revisions SET people = people + 1
    WHERE merchant_id IN (SELECT merchant_id FROM (TABLE was EXCEPT TABLE is_now) AS changed);
    RETURN NULL;
END $$;

CREATE FUNCTION count_lost_identities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE merchant_revisions SET people = people + 1 WHERE merchant_id IN (SELECT merchant_id FROM was);
    RETURN NULL;
END $$;

CREATE TRIGGER customer_identities_changed AFTER UPDATE ON customer_identities
    REFERENCING OLD TABLE AS was NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION count_changed_identities();
CREATE TRIGGER customer_identities_lost AFTER DELETE ON customer_identities
    REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION count_lost_identities();
