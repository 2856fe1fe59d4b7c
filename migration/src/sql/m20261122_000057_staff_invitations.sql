-- Roles that begin when the person accepts them: the account belongs to somebody else's team, who may know its password.

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
COMMENT ON TABLE staff_invitations IS 'One that was accepted or withdrawn is deleted; one that has expired stays a while, to be sent again.';
COMMENT ON COLUMN staff_invitations.token_hash IS 'SHA-256 of the secret in the newest letter (256 bits of entropy need no slow hash); older letters open nothing.';
CREATE INDEX staff_invitations_expires_at_idx ON staff_invitations (expires_at);
