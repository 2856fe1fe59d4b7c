-- Locks the oldest message of a module that nobody else is working on.
SELECT id FROM outbox
WHERE module = $1 AND parked_at IS NULL
ORDER BY id
LIMIT 1
FOR UPDATE SKIP LOCKED
