-- Between two checks of everything, what has happened since is checked every few minutes. Its result stands beside the other.
ALTER TABLE reconciliations
    ADD COLUMN recent boolean NOT NULL DEFAULT false,
    ADD COLUMN since  timestamptz,
    DROP CONSTRAINT reconciliations_pkey,
    ADD PRIMARY KEY (merchant_id, invariant, recent),
    ADD CONSTRAINT reconciliations_since_check CHECK (recent = (since IS NOT NULL));
COMMENT ON COLUMN reconciliations.since IS 'What happened before was not looked at; NULL: everything was.';

-- Claims in the order in which they were made. A purchase that nobody has claimed is not in it.
CREATE INDEX claims_merchant_id_id_idx ON claims (merchant_id, id) WHERE id IS NOT NULL;
