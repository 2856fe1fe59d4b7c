-- Tokens with which apps speak for a customer.

CREATE TABLE customer_tokens (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    id          uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    issued_by   text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT customer_tokens_customer_fkey FOREIGN KEY (merchant_id, customer_id)
        REFERENCES customers (merchant_id, id) ON DELETE CASCADE,
    CONSTRAINT customer_tokens_issued_by_check CHECK (issued_by IN ('merchant', 'code'))
);
COMMENT ON TABLE customer_tokens IS 'One that was ended is deleted: what is not here opens nothing.';
COMMENT ON COLUMN customer_tokens.issued_by IS 'merchant: a program of the merchant asked for it; code: the customer proved an e-mail.';
CREATE INDEX customer_tokens_customer_id_idx ON customer_tokens (merchant_id, customer_id, id);
CREATE INDEX customer_tokens_expires_at_idx ON customer_tokens (expires_at);

-- Resolved before a tenant is known, so led by the hash.
CREATE TABLE directory_customer_tokens (
    hash        bytea PRIMARY KEY,
    merchant_id uuid  NOT NULL,
    token_id    uuid  NOT NULL,
    CONSTRAINT directory_customer_tokens_token_key UNIQUE (merchant_id, token_id),
    CONSTRAINT directory_customer_tokens_token_fkey FOREIGN KEY (merchant_id, token_id)
        REFERENCES customer_tokens (merchant_id, id) ON DELETE CASCADE
);
COMMENT ON COLUMN directory_customer_tokens.hash IS 'SHA-256 of the whole token (256 bits of entropy need no slow hash).';
