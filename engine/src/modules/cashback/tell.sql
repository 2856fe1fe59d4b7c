-- A message $3 for module $2 of merchant $1, where there is an offer at all.
INSERT INTO queue (module, merchant_id, payload)
SELECT $2, $1, $3
WHERE EXISTS (SELECT FROM cashback_offers WHERE merchant_id = $1 AND archived_at IS NULL)
