-- Which of the retailer codes $2 and the skus $3 merchant $1 does not have.
SELECT ARRAY(SELECT t.code FROM unnest($2::text[]) AS t (code)
              WHERE NOT EXISTS (SELECT FROM retailers r WHERE r.merchant_id = $1 AND r.code = t.code)) AS codes,
       ARRAY(SELECT t.sku FROM unnest($3::text[]) AS t (sku)
              WHERE NOT EXISTS (SELECT FROM products p WHERE p.merchant_id = $1 AND p.sku = t.sku)) AS skus
