-- Up to $5 customers of merchant $1 who owe points and were not erased, newest first, before id $2; those whose name contains
-- $3 or who have an identity that begins with one of $4. From the index of debts, which are few.
SELECT c.id, c.name, c.birth_day, c.birth_year, c.created_at, NULL::timestamptz AS erased_at, i.external_id, i.email, i.phone, i.card, i.others,
       c.available AS points, c.pending, c.purchases, c.spent, c.last_purchase_at
  FROM (SELECT c.*, b.available, b.pending, b.purchases, b.spent, b.last_purchase_at
          FROM balances b
          JOIN customers c ON c.merchant_id = b.merchant_id AND c.id = b.customer_id
         WHERE b.merchant_id = $1
           AND b.debt > 0
           AND c.erased_at IS NULL
           AND ($2::uuid IS NULL OR b.customer_id < $2)
           AND ($3::text IS NULL
                OR lower(c.name) LIKE $3
                -- In the byte order of the column everything that begins with a text lies between it and this.
                OR EXISTS (SELECT
                             FROM unnest($4::text[]) AS t (prefix)
                             JOIN customer_identities s
                               ON s.merchant_id = c.merchant_id AND s.customer_id = c.id
                              AND s.value >= t.prefix AND s.value < t.prefix || chr(1114111)))
         ORDER BY b.customer_id DESC
         LIMIT $5) c
 CROSS JOIN LATERAL (SELECT max(value) FILTER (WHERE kind = 'external_id' AND place = 0) AS external_id,
                            max(value) FILTER (WHERE kind = 'email' AND place = 0) AS email,
                            max(value) FILTER (WHERE kind = 'phone' AND place = 0) AS phone,
                            max(value) FILTER (WHERE kind = 'card' AND place = 0) AS card,
                            jsonb_agg(jsonb_build_object('kind', kind, 'value', value) ORDER BY kind, place)
                                FILTER (WHERE place > 0) AS others
                       FROM customer_identities
                      WHERE merchant_id = c.merchant_id AND customer_id = c.id) i
 ORDER BY c.id DESC
