-- The purchases that are stored under these keys already, each with the place of its key in the batch.
SELECT asked.place, p.*
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY
     AS asked (merchant_id, retailer_id, transaction_id, place)
CROSS JOIN LATERAL (
    SELECT k.purchase_id
    FROM purchase_keys AS k
    WHERE k.merchant_id = asked.merchant_id
      AND k.retailer_id = asked.retailer_id
      AND k.transaction_id = asked.transaction_id
    LIMIT 1
) AS k
CROSS JOIN LATERAL (
    SELECT p.*
    FROM purchases AS p
    WHERE p.merchant_id = asked.merchant_id
      AND p.id = k.purchase_id
    LIMIT 1
) AS p
