-- A message $3 for module $2 of merchant $1, where there is or was an offer: what was promised when a purchase
-- happened counts, also when the offer has been archived since.
INSERT INTO queue (module, merchant_id, payload)
SELECT $2, $1, $3
WHERE EXISTS (SELECT FROM cashback_offers WHERE merchant_id = $1)
