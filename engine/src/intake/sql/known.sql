-- What a batch has to know before anything else: how new the snapshots of its merchants ($1) must be and when that was
-- published, how often references of theirs have changed hands, and who its references mean, first those by an identity ($2..$4), then those by id ($5, $6), each with its
-- place among all of them.
--
-- The first statement of every batch: whoever published before the batch began has committed by now, so no purchase is
-- evaluated by rules older than those in force when it was submitted, on any server.
SELECT NULL::int8 AS place, asked.merchant_id AS id, r.rules, r.catalogue, r.people, s.created_at AS published_at, false AS erased
FROM unnest($1::uuid[]) AS asked (merchant_id)
CROSS JOIN LATERAL (
    SELECT r.rules, r.catalogue, r.people
    FROM merchant_revisions AS r
    WHERE r.merchant_id = asked.merchant_id
    LIMIT 1
) AS r
LEFT JOIN LATERAL (
    SELECT s.created_at
    FROM rule_sets AS s
    WHERE s.merchant_id = asked.merchant_id
      AND s.version = r.rules
    LIMIT 1
) AS s ON true
UNION ALL
SELECT asked.place, i.customer_id, NULL, NULL, NULL, NULL, false
FROM unnest($2::uuid[], $3::text[], $4::text[]) WITH ORDINALITY AS asked (merchant_id, kind, value, place)
CROSS JOIN LATERAL (
    SELECT i.customer_id
    FROM customer_identities AS i
    WHERE i.merchant_id = asked.merchant_id
      AND i.kind = asked.kind
      AND i.value = asked.value
    LIMIT 1
) AS i
UNION ALL
-- An id counts only within its own merchant; that of an account that was merged into another leads there. Only by an id
-- can somebody be named who was erased.
SELECT cardinality($2::uuid[]) + asked.place, coalesce(m.id, c.id), NULL, NULL, NULL, NULL,
       CASE WHEN m.id IS NULL THEN c.erased_at ELSE m.erased_at END IS NOT NULL
FROM unnest($5::uuid[], $6::uuid[]) WITH ORDINALITY AS asked (merchant_id, id, place)
CROSS JOIN LATERAL (
    SELECT c.id, c.erased_at, c.merged_into
    FROM customers AS c
    WHERE c.merchant_id = asked.merchant_id
      AND c.id = asked.id
    LIMIT 1
) AS c
LEFT JOIN LATERAL (
    SELECT m.id, m.erased_at
    FROM customers AS m
    WHERE m.merchant_id = asked.merchant_id
      AND m.id = c.merged_into
    LIMIT 1
) AS m ON true
