-- Takes up to $2 letters that are due at $1; each gets its next attempt before this one, so that a sender that dies
-- leaves it to the others. Pauses double from 30 seconds to 6 hours.
UPDATE mail AS m
   SET attempts = m.attempts + 1,
       next_attempt_at = $1 + least(interval '30 seconds' * 2 ^ m.attempts, interval '6 hours')
 WHERE m.id IN (SELECT d.id FROM mail d
                 WHERE d.sent_at IS NULL AND d.next_attempt_at <= $1 AND d.attempts < $3
                 ORDER BY d.next_attempt_at
                 LIMIT $2
                   FOR UPDATE SKIP LOCKED)
RETURNING m.id
