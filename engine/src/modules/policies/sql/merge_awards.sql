-- Awards of customer $2 of merchant $1 are $3's, and what $2 did for the first time was $3's first time, and a number that $2 has
-- passed is one that $3 has, whoever has an award for it. Tells how many awards that were given, or are still to be given, came to
-- $3.
--
-- What both have had stays apart, under a longer word. So does what is numbered by account: a later number of $3's would be
-- taken for one that was answered. Everything else keeps its word, which says that it was answered.
WITH own AS MATERIALIZED (
    SELECT
        a.id, a.policy_id, a.cause, a.beneficiary_id, a.state, $3::uuid AS goes_to,
        CASE
            WHEN a.cause IN ('first:' || $2::uuid, 'registered:' || $2::uuid) THEN split_part(a.cause, ':', 1) || ':' || $3::uuid
            WHEN a.cause LIKE 'n:%' THEN replace(a.cause, $2::uuid::text, $3::uuid::text)
            WHEN split_part(a.cause, ':', 1) NOT IN ('tier', 'threshold') THEN a.cause
        END AS word
    FROM policy_awards AS a
    WHERE a.merchant_id = $1 AND a.beneficiary_id = $2
    UNION ALL
    SELECT a.id, a.policy_id, a.cause, a.beneficiary_id, a.state, a.beneficiary_id, split_part(a.cause, ':', 1) || ':' || $3::uuid
    FROM reward_policies AS p
    JOIN policy_awards AS a ON a.merchant_id = p.merchant_id AND a.policy_id = p.id
    WHERE p.merchant_id = $1
      AND a.cause IN ('first:' || $2::uuid, 'registered:' || $2::uuid)
      AND a.beneficiary_id <> $2
    UNION ALL
    SELECT
        a.id, a.policy_id, a.cause, a.beneficiary_id, a.state, a.beneficiary_id, replace(a.cause, $2::uuid::text, $3::uuid::text)
    FROM reward_policies AS p
    JOIN policy_awards AS a ON a.merchant_id = p.merchant_id AND a.policy_id = p.id
    WHERE p.merchant_id = $1
      AND a.cause > 'n:' || $2::uuid || ':'
      AND a.cause < 'n:' || $2::uuid || ';'
      AND a.beneficiary_id <> $2
), placed AS MATERIALIZED (
    SELECT own.*, dense_rank() OVER (PARTITION BY policy_id, word, goes_to ORDER BY cause, beneficiary_id) AS place
    FROM own
), named AS MATERIALIZED (
    SELECT
        placed.id, placed.beneficiary_id, placed.state, placed.goes_to,
        CASE
            WHEN placed.word IS NULL OR placed.place > 1 OR EXISTS (
                SELECT
                FROM policy_awards AS t
                WHERE t.merchant_id = $1 AND t.policy_id = placed.policy_id AND t.cause = placed.word
                  AND t.beneficiary_id = placed.goes_to)
            THEN placed.cause || ':merged:' || placed.beneficiary_id
            ELSE placed.word
        END AS cause
    FROM placed
), moved AS (
    UPDATE policy_awards AS a SET beneficiary_id = named.goes_to, cause = named.cause
    FROM named
    WHERE a.merchant_id = $1 AND a.id = named.id
)
SELECT count(*) AS awards FROM named WHERE state IN ('held', 'paid') AND beneficiary_id = $2
