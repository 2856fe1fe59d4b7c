-- Whose account it is: roles that begin when the person accepts them, and sessions found by their customer.

CREATE TABLE staff_invitations (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    staff_id    uuid        NOT NULL,
    role        text        NOT NULL,
    token_hash  bytea       NOT NULL,
    invited_by  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, staff_id),
    CONSTRAINT staff_invitations_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id),
    CONSTRAINT staff_invitations_role_check CHECK (role IN ('owner', 'manager', 'analyst', 'support', 'cashier'))
);
COMMENT ON TABLE staff_invitations IS 'For accounts of another merchant''s team, who may know their passwords. One that was accepted or withdrawn is deleted; one that has expired stays a while, to be sent again.';
COMMENT ON COLUMN staff_invitations.token_hash IS 'SHA-256 of the secret in the newest letter (256 bits of entropy need no slow hash); older letters open nothing.';
CREATE INDEX staff_invitations_expires_at_idx ON staff_invitations (expires_at);

-- Customers end their sessions everywhere else.
CREATE INDEX sessions_customer_idx ON sessions ((data #>> '{who,Customer,customer}'));
