-- Whether it falls to whoever asks at $3 to try endpoint $2 of merchant $1, which seems to be away: everybody else waits until
-- $4, or until it is known what came of it.
UPDATE webhook_endpoints SET paused_until = $4
WHERE merchant_id = $1 AND id = $2 AND disabled_at IS NULL AND failures >= 3
    AND (paused_until IS NULL OR paused_until <= $3)
