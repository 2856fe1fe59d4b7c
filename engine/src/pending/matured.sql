-- Rows of merchant $1 that have matured, by purchase, instant and the posting that did it.
UPDATE pending_points AS p SET waiting = 0, maturity_id = matured.posting_id
FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[]) AS matured (purchase_id, matures_at, posting_id)
WHERE p.merchant_id = $1
  AND p.purchase_id = matured.purchase_id
  AND p.matures_at = matured.matures_at
