-- Settings, the newest rule set and the retailers of merchant $1, all of the same moment.
SELECT m.*,
       r.rules AS rules_version,
       s.rules AS rule_set,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                            'id', t.id, 'name', t.name, 'archived', t.archived_at IS NOT NULL,
                            'facts', jsonb_build_object('code', t.code, 'region', t.region, 'zone', t.time_zone,
                                                        'business_day_start', t.business_day_start)))
                   FROM retailers t WHERE t.merchant_id = m.id), '[]') AS retailers,
       array_remove(ARRAY[
           CASE WHEN EXISTS (SELECT FROM webhook_endpoints w WHERE w.merchant_id = m.id AND w.disabled_at IS NULL) THEN 'announcements' END,
           CASE WHEN EXISTS (SELECT FROM cashback_offers o WHERE o.merchant_id = m.id AND o.archived_at IS NULL) THEN 'cashback' END,
           CASE WHEN EXISTS (SELECT FROM leaderboards b WHERE b.merchant_id = m.id) THEN 'leaderboard' END,
           CASE WHEN EXISTS (SELECT FROM referral_programs r WHERE r.merchant_id = m.id) THEN 'referrals' END,
           CASE WHEN EXISTS (SELECT FROM reward_policies p WHERE p.merchant_id = m.id AND p.state = 'running'
                                AND p.hears NOT IN ('enrolment', 'registration', 'tier', 'birthday')) THEN 'policies' END,
           CASE WHEN EXISTS (SELECT FROM tier_ladders l WHERE l.merchant_id = m.id) THEN 'tiers' END
       ], NULL) AS modules,
       coalesce((SELECT jsonb_agg(jsonb_build_object('id', t.id, 'terms', t.terms)) FROM tiers t WHERE t.merchant_id = m.id), '[]') AS ladder
  FROM merchants m
  JOIN merchant_revisions r ON r.merchant_id = m.id
  LEFT JOIN rule_sets s ON s.merchant_id = m.id AND s.version = r.rules
 WHERE m.id = $1
