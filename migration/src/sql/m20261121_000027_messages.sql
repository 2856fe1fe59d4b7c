-- Letters: what a merchant has them say, which of them a customer wants, and what is sent of them.

-- What a kind of letter says where the merchant has changed it; no row: as it came.
CREATE TABLE message_templates (
    merchant_id uuid        NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    body        text        NOT NULL,
    changed_at  timestamptz NOT NULL,
    changed_by  text        NOT NULL,
    PRIMARY KEY (merchant_id, kind)
);
COMMENT ON COLUMN message_templates.changed_at IS 'Grows with every change: whoever saves says which one was read.';
COMMENT ON COLUMN message_templates.changed_by IS 'The name of the member of the staff or of the API key.';

-- Which letters customers want; no row: they want it. Opaque ids only, no address.
CREATE TABLE message_preferences (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    kind        text        NOT NULL,
    email       boolean     NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, kind)
);

-- Links that unsubscribe are signed with it; two random UUIDs, whose 244 random bits nobody guesses.
ALTER TABLE merchants
    ADD COLUMN unsubscribe_secret bytea NOT NULL
        DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
COMMENT ON COLUMN merchants.unsubscribe_secret IS 'Signs the links in letters that unsubscribe without signing in.';

-- The other form of a letter, whose it is, and how it is ended; letters to staff have none of them.
ALTER TABLE mail
    ADD COLUMN body_html       text,
    ADD COLUMN sender_name     text,
    ADD COLUMN unsubscribe_url text;
COMMENT ON COLUMN mail.sender_name IS 'Stands in front of the address of the sender; NULL: the name of the configuration.';
COMMENT ON COLUMN mail.unsubscribe_url IS 'Where one POST ends letters of this kind (RFC 8058).';
