-- The claim of a code, locked: of two that claim at once the later one waits here.
SELECT * FROM claims WHERE merchant_id = $1 AND code = $2 FOR UPDATE
