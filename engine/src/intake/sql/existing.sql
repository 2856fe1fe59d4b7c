-- The purchases that are stored under these keys already, each with the place of its key in the batch.
SELECT asked.place, p.*
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY
     AS asked (merchant_id, retailer_id, transaction_id, place)
JOIN purchase_keys AS k
  ON k.merchant_id = asked.merchant_id
 AND k.retailer_id = asked.retailer_id
 AND k.transaction_id = asked.transaction_id
JOIN purchases AS p
  ON p.merchant_id = k.merchant_id
 AND p.id = k.purchase_id
