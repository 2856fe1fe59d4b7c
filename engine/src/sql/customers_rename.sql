-- Gives customers $2 the names $3.
UPDATE customers c SET name = t.name
  FROM unnest($2::uuid[], $3::text[]) AS t (id, name)
 WHERE c.merchant_id = $1 AND c.id = t.id
