-- Tells those of these modules ($2: module, payload) that merchant $1 uses, or used when something was counted that may change.
INSERT INTO queue (module, merchant_id, payload)
SELECT news.module, $1, news.payload
FROM jsonb_to_recordset($2::jsonb) AS news (module text, payload jsonb)
WHERE CASE news.module
    WHEN 'leaderboard' THEN EXISTS (SELECT FROM leaderboards WHERE merchant_id = $1)
    WHEN 'policies' THEN EXISTS (SELECT FROM reward_policies WHERE merchant_id = $1 AND version > 0)
    WHEN 'referrals' THEN EXISTS (SELECT FROM referral_programs WHERE merchant_id = $1)
    WHEN 'tiers' THEN EXISTS (SELECT FROM tier_ladders WHERE merchant_id = $1)
END
RETURNING module
