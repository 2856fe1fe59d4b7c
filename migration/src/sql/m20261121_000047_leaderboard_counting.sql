-- A leaderboard is open at once; what was bought before is counted afterwards, a chunk a transaction.
ALTER TABLE leaderboards
    ADD COLUMN counted_to uuid,
    ADD COLUMN counted_at timestamptz;
UPDATE leaderboards SET counted_at = opened_at;
COMMENT ON COLUMN leaderboards.opened_at IS 'By the clock of the server: when it was opened.';
COMMENT ON COLUMN leaderboards.counted_to IS 'Purchases up to this one, by id, are counted.';
COMMENT ON COLUMN leaderboards.counted_at IS 'By the clock of the server: when everything was counted that had been bought before it was opened.';
