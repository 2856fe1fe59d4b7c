-- A promotion of merchant $1 that goes on after $3, a reward or a reward policy, which names tier $2.
SELECT 'promotion' AS kind, p.name
FROM promotions AS p
JOIN promotion_versions AS v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
WHERE p.merchant_id = $1
  AND p.ended_at IS NULL
  AND p.archived_at IS NULL
  AND jsonb_exists(v.terms -> 'tiers', $2)
  -- A version that another one has taken over from names nothing any more.
  AND (v.published_at IS NULL OR NOT EXISTS (
      SELECT
      FROM promotion_versions AS later
      WHERE later.merchant_id = v.merchant_id
        AND later.promotion_id = v.promotion_id
        AND later.version > v.version
        AND later.published_at IS NOT NULL
        AND later.effective_from <= $3))
UNION ALL
SELECT 'reward', r.terms ->> 'name'
FROM rewards AS r
WHERE r.merchant_id = $1 AND r.archived_at IS NULL AND jsonb_exists(r.terms -> 'tiers', $2)
UNION ALL
-- What a published policy is about does not change, so that its draft names the same tier.
SELECT 'reward policy', coalesce(p.draft, p.terms) ->> 'name'
FROM reward_policies AS p
WHERE p.merchant_id = $1 AND p.state <> 'archived' AND coalesce(p.terms, p.draft) -> 'event' ->> 'tier' = $2
ORDER BY kind, name
LIMIT 1
