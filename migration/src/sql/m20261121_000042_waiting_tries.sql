-- A return that waits and cannot be booked is tried again, less and less often, and stops no other.
ALTER TABLE waiting_returns
    ADD COLUMN attempts integer     NOT NULL DEFAULT 0,
    ADD COLUMN due_at   timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN waiting_returns.attempts IS 'How often it could not be booked though its purchase is there.';
COMMENT ON COLUMN waiting_returns.due_at IS 'It is not tried before.';
-- They are gone through in the order of their key.
DROP INDEX waiting_returns_received_at_idx;
