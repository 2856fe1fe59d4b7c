-- Every published promotion of merchant $1 with its published versions, oldest first.
SELECT p.id, p.pauses, p.ended_at,
       jsonb_agg(jsonb_build_object('version', v.version, 'effective_from', v.effective_from, 'terms', v.terms)
                 ORDER BY v.version) AS versions
  FROM promotions p
  JOIN promotion_versions v ON v.merchant_id = p.merchant_id AND v.promotion_id = p.id
 WHERE p.merchant_id = $1 AND v.published_at IS NOT NULL
 GROUP BY p.id, p.pauses, p.ended_at
 ORDER BY p.id
