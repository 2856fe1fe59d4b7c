-- Adds referrals, and has a person look at those that are part of a circle which one of the new ones would have closed.
-- $1 is {"made": [row, …], "rings": [{"merchant", "friend", "risk", "now"}, …]}. What was added is told to the module.
WITH made AS (
    INSERT INTO referrals (
        merchant_id, friend_id, advocate_id, code, came_by, state, review, risk, score, registered_at, ended_at, changed_at)
    SELECT
        new.merchant, new.friend, new.advocate, new.code, new.came_by, new.state, new.review, new.risk, new.score,
        new.now, CASE WHEN new.state = 'rejected' THEN new.now END, new.now
    FROM jsonb_to_recordset($1 -> 'made') AS new (
        merchant uuid, friend uuid, advocate uuid, code text, came_by text, state text, review text, risk jsonb,
        score smallint, now timestamptz)
    ORDER BY new.merchant, new.friend
    ON CONFLICT (merchant_id, friend_id) DO NOTHING
    RETURNING merchant_id, friend_id, state
), ring AS (
    UPDATE referrals AS r
    SET risk = jsonb_build_array(ring.risk) || r.risk, score = 100, changed_at = ring.now,
        review = CASE WHEN r.review = 'none' AND r.state IN ('registered', 'qualified') THEN 'waiting' ELSE r.review END
    FROM jsonb_to_recordset($1 -> 'rings') AS ring (merchant uuid, friend uuid, risk jsonb, now timestamptz)
    WHERE r.merchant_id = ring.merchant AND r.friend_id = ring.friend
      AND NOT r.risk @> jsonb_build_array(jsonb_build_object('reason', 'cycle'))
), message AS (
    INSERT INTO queue (module, merchant_id, payload)
    -- Which of them were refused as they were made: those that somebody refuses later are told by whoever does.
    SELECT 'referrals', merchant_id, jsonb_strip_nulls(jsonb_build_object(
        'made', jsonb_agg(friend_id), 'refused', jsonb_agg(friend_id) FILTER (WHERE state = 'rejected')))
    FROM made
    GROUP BY merchant_id
)
SELECT coalesce(jsonb_agg(jsonb_build_array(merchant_id, friend_id)), '[]') AS answer FROM made
