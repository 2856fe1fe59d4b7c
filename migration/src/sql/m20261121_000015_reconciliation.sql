-- Somebody wants the books checked now and not only in the night.
CREATE TABLE reconciliation_requests (
    merchant_id  uuid        PRIMARY KEY REFERENCES merchants (id),
    requested_at timestamptz NOT NULL
);
