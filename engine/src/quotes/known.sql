-- What quotes have to know: of each of the merchants $1 how new the rules must be, what budgets have given, the offers,
-- the rewards and the policies that count; of each customer who is asked for ($2..$6) the points and what was had before. All of one moment.
-- The lateral sub-selects with LIMIT keep every look-up on its key, whatever the planner guesses about the arrays.
SELECT
    false AS of_customer,
    asked.place,
    jsonb_build_object(
        'rules', revision.rules,
        'catalogue', revision.catalogue,
        'budgets', coalesce(
            (
                SELECT jsonb_object_agg(budget.promotion_id, budget.used)
                FROM promotion_budgets AS budget
                WHERE budget.merchant_id = asked.merchant_id
            ), '{}'),
        'offers', coalesce(
            (
                SELECT jsonb_agg(
                    jsonb_build_object(
                        'offer', version.offer_id, 'terms', version.terms, 'effective_from', version.effective_from)
                    ORDER BY version.offer_id, version.version)
                FROM cashback_offers AS offer
                JOIN cashback_offer_versions AS version
                  ON version.merchant_id = offer.merchant_id AND version.offer_id = offer.id
                WHERE offer.merchant_id = asked.merchant_id
                  AND offer.archived_at IS NULL
            ), '[]'),
        'rewards', coalesce(
            (
                SELECT jsonb_agg(jsonb_build_object('id', reward.id, 'terms', reward.terms, 'stock', reward.stock))
                FROM rewards AS reward
                WHERE reward.merchant_id = asked.merchant_id
                  AND reward.archived_at IS NULL
            ), '[]'),
        'policies', coalesce(
            (
                SELECT jsonb_agg(jsonb_build_object('policy', policy.id, 'terms', policy.terms) ORDER BY policy.id)
                FROM reward_policies AS policy
                WHERE policy.merchant_id = asked.merchant_id
                  AND policy.state = 'running'
                  AND policy.hears IN ('first_purchase', 'own_count', 'friend_purchase', 'friend_count', 'friends_count')
                  AND policy.terms -> 'effects' @> '[{"give": "reward"}]'
            ), '[]')
    ) AS body
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (merchant_id, place)
CROSS JOIN LATERAL (
    SELECT revision.rules, revision.catalogue
    FROM merchant_revisions AS revision
    WHERE revision.merchant_id = asked.merchant_id
    LIMIT 1
) AS revision
UNION ALL
SELECT
    true,
    asked.place,
    jsonb_build_object(
        'customer_id', balance.customer_id,
        'available', balance.available,
        'lots', coalesce(
            (
                SELECT jsonb_agg(jsonb_build_object('expires_on', lot.expires_on, 'points', lot.remaining))
                FROM lots AS lot
                WHERE lot.merchant_id = balance.merchant_id
                  AND lot.customer_id = balance.customer_id
                  AND lot.expires_on < asked.day + 33
                  AND lot.remaining > 0
            ), '[]'),
        'purchases', balance.purchases,
        'tier', (
            SELECT membership.tier_id
            FROM tier_memberships AS membership
            WHERE membership.merchant_id = balance.merchant_id
              AND membership.customer_id = balance.customer_id
        ),
        'vouchers', coalesce(
            (
                SELECT jsonb_agg(
                    mine.worth || jsonb_build_object('code', mine.shown, 'name', mine.name, 'expires_at', mine.expires_at)
                    ORDER BY mine.expires_at NULLS LAST, mine.id)
                FROM (
                    SELECT voucher.id, voucher.shown, voucher.name, voucher.worth, voucher.expires_at
                    FROM vouchers AS voucher
                    WHERE voucher.merchant_id = balance.merchant_id
                      AND voucher.customer_id = balance.customer_id
                      AND voucher.state = 'issued'
                      AND (voucher.expires_at IS NULL OR voucher.expires_at > asked.day - 1)
                    ORDER BY voucher.expires_at NULLS LAST, voucher.id
                    LIMIT 20
                ) AS mine
            ), '[]'),
        'uses', coalesce(
            (
                SELECT jsonb_agg(jsonb_build_object(
                    'promotion', used.promotion_id, 'period', used.period, 'begins_on', used.begins_on, 'points', used.used))
                FROM promotion_uses AS used
                WHERE used.merchant_id = balance.merchant_id
                  AND used.customer_id = balance.customer_id
                  AND (used.period = 'ever' OR used.begins_on > asked.day - 33)
            ), '[]'),
        'remainders', coalesce(
            (
                SELECT jsonb_object_agg(carried.promotion_id, carried.remainder)
                FROM carried_remainders AS carried
                WHERE carried.merchant_id = balance.merchant_id
                  AND carried.customer_id = balance.customer_id
            ), '{}'),
        'months', coalesce(
            (
                SELECT jsonb_agg(jsonb_build_object('offer', used.offer_id, 'month', used.month, 'amount', used.used))
                FROM cashback_month_uses AS used
                WHERE used.merchant_id = balance.merchant_id
                  AND used.customer_id = balance.customer_id
                  AND used.month > asked.day - 33
            ), '[]'),
        'redeemed', coalesce(
            (
                SELECT jsonb_object_agg(had.reward_id, had.times)
                FROM (
                    SELECT redemption.reward_id, count(*) AS times
                    FROM redemptions AS redemption
                    WHERE redemption.merchant_id = balance.merchant_id
                      AND redemption.customer_id = balance.customer_id
                      AND redemption.state NOT IN ('released', 'cancelled', 'reversed')
                    GROUP BY redemption.reward_id
                ) AS had
            ), '{}'),
        'promised', jsonb_build_object(
            'counted', coalesce(
                (
                    SELECT jsonb_object_agg(counter.policy_id, counter.counted)
                    FROM policy_counters AS counter
                    WHERE counter.merchant_id = balance.merchant_id
                      AND counter.subject_id = balance.customer_id
                ), '{}'),
            -- Only caps and rests ask: most merchants have none, and pay nothing for it.
            'had', CASE WHEN EXISTS (
                SELECT FROM reward_policies AS policy
                WHERE policy.merchant_id = balance.merchant_id
                  AND policy.state = 'running'
                  AND coalesce(policy.terms -> 'cap', policy.terms -> 'cool_down_days') IS NOT NULL
            ) THEN coalesce(
                (
                    SELECT jsonb_agg(jsonb_build_object('policy', had.policy_id, 'at', had.at, 'times', had.times))
                    FROM (
                        SELECT award.policy_id, min(award.awarded_at) AS at, max(award.times) AS times
                        FROM policy_awards AS award
                        JOIN reward_policies AS policy
                          ON policy.merchant_id = award.merchant_id AND policy.id = award.policy_id
                        WHERE award.merchant_id = balance.merchant_id
                          AND award.beneficiary_id = balance.customer_id
                          AND award.state IN ('held', 'paid')
                          AND policy.state = 'running'
                          AND coalesce(policy.terms -> 'cap', policy.terms -> 'cool_down_days') IS NOT NULL
                        GROUP BY award.policy_id, award.cause
                    ) AS had
                ), '[]')
            ELSE '[]' END,
            -- NULL when nobody has brought the customer, or when that does not count.
            'brought', (
                SELECT coalesce(
                    (
                        SELECT jsonb_object_agg(counter.policy_id, counter.counted)
                        FROM policy_counters AS counter
                        WHERE counter.merchant_id = balance.merchant_id
                          AND counter.subject_id = referral.advocate_id
                    ), '{}')
                FROM referrals AS referral
                JOIN referral_codes AS code
                  ON code.merchant_id = referral.merchant_id AND code.code = referral.code AND code.disabled_at IS NULL
                WHERE referral.merchant_id = balance.merchant_id
                  AND referral.friend_id = balance.customer_id
                  AND referral.state IN ('registered', 'qualified', 'rewarded')
                  AND referral.review IN ('none', 'approved')
            ))
    )
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[]) WITH ORDINALITY
     AS asked (merchant_id, customer_id, kind, value, day, place)
CROSS JOIN LATERAL (
    SELECT balance.merchant_id, balance.customer_id, balance.available, balance.purchases
    FROM balances AS balance
    WHERE balance.merchant_id = asked.merchant_id
      AND balance.erased_at IS NULL
      AND balance.customer_id = coalesce(
          -- The id of an account that was merged into another leads there.
          (
              SELECT coalesce(named.merged_into, named.customer_id)
              FROM balances AS named
              WHERE named.merchant_id = asked.merchant_id
                AND named.customer_id = asked.customer_id
          ),
          (
              SELECT identity.customer_id
              FROM customer_identities AS identity
              WHERE identity.merchant_id = asked.merchant_id
                AND identity.kind = asked.kind
                AND identity.value = asked.value
          ))
    LIMIT 1
) AS balance
