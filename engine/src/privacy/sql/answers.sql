-- Remembered answers of merchant $1 in which customer $2 appears. A request that is sent again is carried out again, and
-- finds that the customer was erased. All answers of the last 30 days are looked through: erasing is rare, and an index
-- would be paid for by every request.
DELETE FROM idempotency_keys
WHERE merchant_id = $1 AND position($2::text IN body::text) > 0
