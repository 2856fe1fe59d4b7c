-- Customers and their identities, staff, API keys, sessions, one-time codes.

CREATE TABLE customers (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    id          uuid        NOT NULL,
    name        text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
COMMENT ON TABLE customers IS 'Somebody in a program. With customer_identities the only home of personal data.';
CREATE INDEX customers_merchant_id_name_idx ON customers (merchant_id, lower(name) text_pattern_ops);
CREATE INDEX customers_merchant_id_created_at_idx ON customers (merchant_id, created_at);

CREATE TABLE customer_identities (
    merchant_id uuid NOT NULL,
    kind        text NOT NULL,
    value       text COLLATE "C" NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, kind, value),
    CONSTRAINT customer_identities_kind_key UNIQUE (merchant_id, customer_id, kind),
    CONSTRAINT customer_identities_customer_id_fkey FOREIGN KEY (merchant_id, customer_id) REFERENCES customers (merchant_id, id),
    CONSTRAINT customer_identities_kind_check CHECK (kind IN ('external_id', 'email', 'phone', 'card'))
);
COMMENT ON COLUMN customer_identities.value IS 'Normalised: e-mail in lower case, phone in E.164, others as given.';
CREATE INDEX customer_identities_merchant_id_value_idx ON customer_identities (merchant_id, value);

-- Staff log in by one e-mail for all merchants; a membership gives a role at one of them.
CREATE TABLE staff (
    id            uuid        PRIMARY KEY,
    email         text        NOT NULL,
    name          text        NOT NULL,
    password_hash text        NOT NULL,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz,
    CONSTRAINT staff_email_key UNIQUE (email)
);
CREATE TABLE staff_memberships (
    merchant_id uuid NOT NULL REFERENCES merchants (id),
    staff_id    uuid NOT NULL REFERENCES staff (id),
    role        text NOT NULL,
    PRIMARY KEY (merchant_id, staff_id),
    CONSTRAINT staff_memberships_role_check CHECK (role IN ('owner', 'manager', 'analyst', 'support'))
);
CREATE INDEX staff_memberships_staff_id_idx ON staff_memberships (staff_id);

CREATE TABLE api_keys (
    merchant_id  uuid        NOT NULL REFERENCES merchants (id),
    id           uuid        NOT NULL,
    name         text        NOT NULL,
    prefix       text        NOT NULL,
    scopes       text[]      NOT NULL,
    retailer_id  uuid,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (merchant_id, id),
    CONSTRAINT api_keys_retailer_id_fkey FOREIGN KEY (merchant_id, retailer_id) REFERENCES retailers (merchant_id, id)
);
COMMENT ON COLUMN api_keys.prefix IS 'The part that may be shown; the secret is stored nowhere.';

-- Resolved before a tenant is known, so led by the hash.
CREATE TABLE directory_api_keys (
    hash        bytea PRIMARY KEY,
    merchant_id uuid  NOT NULL,
    api_key_id  uuid  NOT NULL,
    CONSTRAINT directory_api_keys_api_key_fkey FOREIGN KEY (merchant_id, api_key_id) REFERENCES api_keys (merchant_id, id)
);
COMMENT ON COLUMN directory_api_keys.hash IS 'SHA-256 of the whole key (256 bits of entropy need no slow hash).';

CREATE TABLE sessions (
    id_hash    bytea       PRIMARY KEY,
    data       jsonb       NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN sessions.id_hash IS 'SHA-256 of the cookie value, so that a leaked table opens no session.';
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE login_codes (
    merchant_id  uuid        NOT NULL REFERENCES merchants (id),
    id           uuid        NOT NULL,
    email        text        NOT NULL,
    code_hash    bytea       NOT NULL,
    binding_hash bytea       NOT NULL,
    attempts     integer     NOT NULL DEFAULT 0,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    PRIMARY KEY (merchant_id, id)
);
COMMENT ON COLUMN login_codes.binding_hash IS 'Hash of a secret in the browser that asked: the code works only there.';
CREATE INDEX login_codes_expires_at_idx ON login_codes (expires_at);
