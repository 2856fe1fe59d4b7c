-- Up to $5 customers of merchant $1 who were neither erased nor merged into another, newest first, before id $2; those whose name contains $3 or who have an
-- identity that begins with one of $4. The page is cut before identities and balances are looked up.
SELECT c.id, c.name, c.birth_day, c.birth_year, c.created_at, NULL::timestamptz AS erased_at, i.external_id, i.email, i.phone, i.card, i.others,
       coalesce(b.available, 0) AS points, coalesce(b.pending, 0) AS pending,
       coalesce(b.purchases, 0) AS purchases, coalesce(b.spent, 0) AS spent, b.last_purchase_at
  FROM (SELECT merchant_id, id, name, birth_day, birth_year, created_at
          FROM customers
         WHERE merchant_id = $1
           AND erased_at IS NULL
           AND merged_into IS NULL
           AND ($2::uuid IS NULL OR id < $2)
           AND ($3::text IS NULL
                OR lower(name) LIKE $3
                -- In the byte order of the column everything that begins with a text lies between it and this.
                OR id IN (SELECT s.customer_id
                            FROM unnest($4::text[]) AS t (prefix)
                           CROSS JOIN (VALUES ('card'), ('email'), ('external_id'), ('phone')) AS k (kind)
                            JOIN customer_identities s
                              ON s.merchant_id = $1 AND s.kind = k.kind
                             AND s.value >= t.prefix AND s.value < t.prefix || chr(1114111)))
         ORDER BY id DESC
         LIMIT $5) c
  LEFT JOIN balances b ON b.merchant_id = c.merchant_id AND b.customer_id = c.id
 CROSS JOIN LATERAL (SELECT max(value) FILTER (WHERE kind = 'external_id' AND place = 0) AS external_id,
                            max(value) FILTER (WHERE kind = 'email' AND place = 0) AS email,
                            max(value) FILTER (WHERE kind = 'phone' AND place = 0) AS phone,
                            max(value) FILTER (WHERE kind = 'card' AND place = 0) AS card,
                            jsonb_agg(jsonb_build_object('kind', kind, 'value', value) ORDER BY kind, place)
                                FILTER (WHERE place > 0) AS others
                       FROM customer_identities
                      WHERE merchant_id = c.merchant_id AND customer_id = c.id) i
 ORDER BY c.id DESC
