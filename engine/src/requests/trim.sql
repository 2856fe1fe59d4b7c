-- Deletes at most $3 rows of merchant $1, of those up to row $2.
DELETE FROM request_log
WHERE ctid IN (
    SELECT ctid FROM request_log WHERE merchant_id = $1 AND id <= $2 LIMIT $3 FOR UPDATE SKIP LOCKED
)
