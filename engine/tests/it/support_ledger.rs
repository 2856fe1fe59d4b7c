//! Proof, by statements of its own, that a ledger is right. Every test of the intake ends with it.

use sqlx::PgPool;

/// What must hold, as a statement that returns one text per violation.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "I1: every posting sums to zero per unit",
        "SELECT format('posting %s sums to %s %s', posting_id, sum(amount), unit)
         FROM entries WHERE counter_account IS NULL GROUP BY merchant_id, posting_id, unit HAVING sum(amount) <> 0",
    ),
    (
        "I2: a stored balance is the sum of its entries",
        "SELECT format('customer %s: stored %s, entries %s', b.customer_id, b.available, coalesce(sum(e.amount), 0))
         FROM balances AS b
         LEFT JOIN entries AS e ON e.merchant_id = b.merchant_id AND e.customer_id = b.customer_id AND e.account = 'available'
         GROUP BY b.merchant_id, b.customer_id HAVING b.available <> coalesce(sum(e.amount), 0)",
    ),
    (
        "I2: lifetime is what was ever earned",
        "SELECT format('customer %s: stored %s, entries %s', b.customer_id, b.lifetime, coalesce(sum(e.amount), 0))
         FROM balances AS b
         LEFT JOIN (SELECT e.merchant_id, coalesce(c.merged_into, e.customer_id) AS customer_id, e.amount
                    FROM entries AS e
                    LEFT JOIN customers AS c ON c.merchant_id = e.merchant_id AND c.id = e.customer_id
                    WHERE e.kind IN ('purchase', 'claim', 'return') AND e.customer_id IS NOT NULL) AS e USING (merchant_id, customer_id)
         GROUP BY b.merchant_id, b.customer_id HAVING b.lifetime <> coalesce(sum(e.amount), 0)",
    ),
    (
        "I2: what waits is the sum of its entries and of its rows",
        "SELECT format('customer %s: stored %s, entries %s, rows %s', b.customer_id, b.pending, e.pending, w.pending)
         FROM balances AS b,
              LATERAL (SELECT coalesce(sum(e.amount), 0) AS pending FROM entries AS e
                       WHERE e.merchant_id = b.merchant_id AND e.customer_id = b.customer_id AND e.account = 'pending') AS e,
              LATERAL (SELECT coalesce(sum(w.waiting), 0) AS pending FROM pending_points AS w
                       WHERE w.merchant_id = b.merchant_id AND w.customer_id = b.customer_id) AS w
         WHERE b.pending <> e.pending OR b.pending <> w.pending",
    ),
    (
        "I2: no entry without a balance row",
        "SELECT format('customer %s of merchant %s', e.customer_id, e.merchant_id)
         FROM entries AS e LEFT JOIN balances AS b USING (merchant_id, customer_id)
         WHERE e.customer_id IS NOT NULL AND b.customer_id IS NULL",
    ),
    (
        "I3: lots minus debt are what is available",
        "SELECT format('customer %s: available %s, lots %s, debt %s', b.customer_id, b.available, coalesce(sum(l.remaining), 0), b.debt)
         FROM balances AS b LEFT JOIN spendable AS l USING (merchant_id, customer_id)
         GROUP BY b.merchant_id, b.customer_id HAVING coalesce(sum(l.remaining), 0) - b.debt <> b.available",
    ),
    (
        "I4: every key has exactly one purchase, every purchase its key",
        "SELECT format('key %s, purchase %s', k.purchase_id, p.id)
         FROM purchase_keys AS k
         FULL JOIN purchases AS p ON p.merchant_id = k.merchant_id AND p.id = k.purchase_id
         WHERE k.purchase_id IS NULL OR p.id IS NULL
            OR (k.retailer_id, k.transaction_id) IS DISTINCT FROM (p.retailer_id, p.transaction_id)",
    ),
    (
        "I4: a purchase has exactly the entries of the points that it earned",
        "SELECT format('purchase %s earned %s, entries give %s', p.id, p.points, coalesce(sum(e.amount), 0))
         FROM purchases AS p
         LEFT JOIN entries AS e ON e.merchant_id = p.merchant_id AND e.posting_id = p.id AND e.account IN ('available', 'pending')
              AND e.kind = 'purchase' AND e.purchase_id = p.id AND (e.customer_id = p.customer_id OR EXISTS (
                  SELECT FROM customers AS c
                  WHERE c.merchant_id = p.merchant_id AND c.id = e.customer_id AND c.merged_into = p.customer_id))
         GROUP BY p.merchant_id, p.id HAVING coalesce(sum(e.amount), 0) <> p.points",
    ),
    (
        "I4: no entry without its purchase or its claim",
        "SELECT format('%s %s', e.kind, e.posting_id) FROM entries AS e
         WHERE (e.kind = 'purchase' AND NOT EXISTS (
                   SELECT FROM purchases AS p WHERE p.merchant_id = e.merchant_id AND p.id = e.posting_id))
            OR (e.kind = 'claim' AND NOT EXISTS (
                   SELECT FROM claims AS c WHERE c.merchant_id = e.merchant_id AND c.id = e.posting_id))",
    ),
    (
        "a claim has exactly the entries of the points that it earned, and one purchase",
        "SELECT format('claim %s earned %s, entries give %s', c.id, c.points, coalesce(sum(e.amount), 0))
         FROM claims AS c
         LEFT JOIN entries AS e ON e.merchant_id = c.merchant_id AND e.posting_id = c.id AND e.account IN ('available', 'pending')
         WHERE c.id IS NOT NULL
         GROUP BY c.merchant_id, c.id, c.points HAVING coalesce(sum(e.amount), 0) <> c.points
         UNION ALL
         SELECT format('claim code of purchase %s', p.id) FROM purchases AS p
         LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id AND c.code = p.claim_code
         WHERE (p.status = 'unclaimed') <> (c.code IS NOT NULL) OR (p.status = 'unclaimed') <> (p.customer_id IS NULL)
            OR (p.status = 'unclaimed' AND (p.points <> 0 OR p.claimable IS NULL))",
    ),
    (
        "I7: what returns took back is what was posted, and never more than was bought",
        "SELECT format('return %s: %s, posted %s', r.id, r.points, coalesce(sum(e.amount), 0))
         FROM returns AS r
         LEFT JOIN entries AS e ON e.merchant_id = r.merchant_id AND e.posting_id = r.id AND e.account = 'issued' AND e.kind = 'return'
         GROUP BY r.merchant_id, r.id HAVING r.points <> coalesce(sum(e.amount), 0)
         UNION ALL
         SELECT format('purchase %s: returned %s of %s', p.id, sum(r.amount), p.amount)
         FROM returns AS r JOIN purchases AS p ON p.merchant_id = r.merchant_id AND p.id = r.purchase_id
         GROUP BY p.merchant_id, p.id, p.amount HAVING sum(r.amount) > p.amount",
    ),
    (
        "I6: nobody is below zero without a debt",
        "SELECT format('customer %s: %s', customer_id, available) FROM balances WHERE available < 0 AND debt = 0",
    ),
    (
        "I6: what promotions gave is the sum of what purchases counted towards them",
        "SELECT format('customer %s, promotion %s, %s %s: counted %s, booked %s',
                       customer_id, promotion_id, period, begins_on, coalesce(u.used, 0), coalesce(b.used, 0))
         FROM promotion_uses AS u
         FULL JOIN (SELECT merchant_id, customer_id, promotion_id, period, begins_on, sum(points - returned) AS used
                    FROM promotion_bookings WHERE period IS NOT NULL
                    GROUP BY merchant_id, customer_id, promotion_id, period, begins_on) AS b
              USING (merchant_id, customer_id, promotion_id, period, begins_on)
         WHERE coalesce(u.used, 0) <> coalesce(b.used, 0)
         UNION ALL
         SELECT format('budget of promotion %s: counted %s, booked %s', promotion_id, coalesce(u.used, 0), coalesce(b.used, 0))
         FROM promotion_budgets AS u
         FULL JOIN (SELECT merchant_id, promotion_id, sum(points - returned) AS used
                    FROM promotion_bookings WHERE budget GROUP BY merchant_id, promotion_id) AS b
              USING (merchant_id, promotion_id)
         WHERE coalesce(u.used, 0) <> coalesce(b.used, 0)",
    ),
    (
        "I6: a purchase counts with what the promotion gave it",
        "SELECT format('purchase %s, promotion %s: counted %s, gave %s', b.purchase_id, b.promotion_id, b.points, g.points)
         FROM promotion_bookings AS b
         JOIN purchases AS p ON p.merchant_id = b.merchant_id AND p.id = b.purchase_id
         LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id,
         LATERAL (
             SELECT coalesce(sum((a ->> 'points')::bigint), 0) AS points
             FROM (SELECT json_array_elements(l -> 'applied') AS a
                   FROM json_array_elements(coalesce(c.lines, p.lines)) AS l
                   UNION ALL SELECT json_array_elements(coalesce(c.applied, p.applied))) AS given
             WHERE a ->> 'promotion_id' = b.promotion_id::text) AS g
         WHERE b.points <> g.points",
    ),
    (
        "entries and events of a customer are numbered from one without a gap",
        "SELECT format('customer %s: counter %s, numbers taken %s, the last of them %s', b.customer_id, b.sequence,
                       count(DISTINCT n.sequence), max(n.sequence))
         FROM balances AS b
         LEFT JOIN (
             SELECT merchant_id, customer_id, sequence FROM entries
             UNION ALL
             SELECT merchant_id, customer_id, sequence FROM events WHERE sequence > 0
         ) AS n USING (merchant_id, customer_id)
         GROUP BY b.merchant_id, b.customer_id, b.sequence
         HAVING count(DISTINCT n.sequence) <> b.sequence OR coalesce(max(n.sequence), 0) <> b.sequence",
    ),
    (
        "no two postings of a customer have one number",
        "SELECT format('customer %s: number %s', customer_id, sequence)
         FROM entries
         WHERE customer_id IS NOT NULL
         GROUP BY merchant_id, customer_id, sequence
         HAVING count(DISTINCT posting_id) > 1",
    ),
    (
        "the balance in an answer is the one after that purchase",
        "SELECT format('purchase %s says %s, entries say %s', p.id, p.balance_points, s.running)
         FROM (SELECT merchant_id, posting_id, kind,
                      sum(amount) OVER (PARTITION BY merchant_id, customer_id ORDER BY sequence) AS running
               FROM entries WHERE account = 'available') AS s
         JOIN purchases AS p ON p.merchant_id = s.merchant_id AND p.id = s.posting_id
         WHERE s.kind = 'purchase' AND p.balance_points <> s.running",
    ),
    (
        "a balance counts the purchases and what they cost",
        // Less what was returned.
        "SELECT format('customer %s: counted %s of %s, is %s of %s', b.customer_id, b.purchases, b.spent, count(c.*), coalesce(sum(c.amount), 0))
         FROM balances AS b
         LEFT JOIN (SELECT b.merchant_id, b.customer_id, b.amount - coalesce(r.amount, 0) AS amount
                    FROM (SELECT merchant_id, id, customer_id, amount FROM purchases WHERE customer_id IS NOT NULL
                          UNION ALL
                          SELECT c.merchant_id, p.id, c.customer_id, p.amount FROM claims AS c
                          JOIN purchases AS p ON p.merchant_id = c.merchant_id AND p.id = c.purchase_id
                          WHERE c.customer_id IS NOT NULL) AS b
                    LEFT JOIN (SELECT merchant_id, purchase_id AS id, sum(amount) AS amount FROM returns
                               GROUP BY merchant_id, purchase_id) AS r USING (merchant_id, id)) AS c USING (merchant_id, customer_id)
         GROUP BY b.merchant_id, b.customer_id
         HAVING b.purchases <> count(c.*) OR b.spent <> coalesce(sum(c.amount), 0)",
    ),
    (
        "at most one purchase of a customer was evaluated as the first",
        "SELECT format('customer %s: %s first purchases', customer_id, count(*))
         FROM (SELECT merchant_id, customer_id, facts FROM purchases WHERE customer_id IS NOT NULL
               UNION ALL SELECT merchant_id, customer_id, facts FROM claims WHERE customer_id IS NOT NULL) AS f
         WHERE (facts ->> 'first_purchase')::bool
         GROUP BY merchant_id, customer_id
         -- Each of two accounts that were merged may have had one.
         HAVING count(*) NOT BETWEEN 1 AND 1 + (SELECT count(*) FROM customers AS c
                                                WHERE c.merchant_id = f.merchant_id AND c.merged_into = f.customer_id)",
    ),
    (
        "lines and awards of a purchase sum to its points",
        "SELECT format('purchase %s: %s, lines and awards %s', p.id, coalesce(p.claimable, p.points), s.points)
         FROM purchases AS p, LATERAL (
             SELECT coalesce((SELECT sum((l ->> 'points')::bigint) FROM json_array_elements(p.lines) AS l), 0)
                  + coalesce((SELECT sum((a ->> 'points')::bigint) FROM json_array_elements(p.applied) AS a), 0) AS points) AS s
         WHERE s.points <> coalesce(p.claimable, p.points)",
    ),
    (
        "every credited customer exists, and every customer can be found who was neither erased nor merged",
        "SELECT format('customer %s has no row', b.customer_id) FROM balances AS b
         WHERE NOT EXISTS (SELECT FROM customers AS c WHERE c.merchant_id = b.merchant_id AND c.id = b.customer_id)
         UNION ALL
         SELECT format('customer %s has no identity', c.id) FROM customers AS c
         WHERE NOT EXISTS (SELECT FROM customer_identities AS i WHERE i.merchant_id = c.merchant_id AND i.customer_id = c.id)
           AND c.erased_at IS NULL AND c.merged_into IS NULL
         UNION ALL
         SELECT format('customer %s was erased and can be found', c.id) FROM customers AS c
         WHERE EXISTS (SELECT FROM customer_identities AS i WHERE i.merchant_id = c.merchant_id AND i.customer_id = c.id)
           AND (c.erased_at IS NOT NULL OR c.merged_into IS NOT NULL)",
    ),
    (
        "I11: every purchase names a rule set that is stored",
        "SELECT format('purchase %s names %s', p.id, p.rules_version) FROM purchases AS p
         WHERE NOT EXISTS (SELECT FROM rule_sets AS r WHERE r.merchant_id = p.merchant_id AND r.version = p.rules_version)",
    ),
    (
        "I10: what the statistics are told is what was stored",
        "SELECT format('merchant %s: told %s, stored %s', merchant_id, told, stored) FROM (
             SELECT merchant_id,
                    (SELECT coalesce(jsonb_agg(x), '[]') FROM (
                        SELECT sum((d ->> 'purchases')::bigint) AS n, sum((d ->> 'amount')::bigint) AS a, sum((d ->> 'points')::bigint) AS p
                        FROM outbox AS o, jsonb_array_elements(o.payload -> 'days') AS d
                        WHERE o.merchant_id = m.merchant_id AND o.module = 'statistics') AS x) AS told,
                    (SELECT coalesce(jsonb_agg(x), '[]') FROM (
                        SELECT count(*) AS n, sum(p.amount - coalesce(r.amount, 0)) AS a,
                               sum(p.points + coalesce(c.points, 0) - coalesce(e.points, 0)) AS p
                        FROM purchases AS p LEFT JOIN claims AS c ON c.merchant_id = p.merchant_id AND c.purchase_id = p.id
                        LEFT JOIN (SELECT merchant_id, purchase_id, sum(amount) AS amount FROM returns GROUP BY 1, 2) AS r
                             ON r.merchant_id = p.merchant_id AND r.purchase_id = p.id
                        LEFT JOIN (SELECT merchant_id, purchase_id, sum(amount) AS points FROM entries
                                   WHERE kind = 'return' AND account = 'issued' GROUP BY 1, 2) AS e
                             ON e.merchant_id = p.merchant_id AND e.purchase_id = p.id
                        WHERE p.merchant_id = m.merchant_id) AS x) AS stored
             FROM (SELECT DISTINCT merchant_id FROM purchases) AS m) AS t
         WHERE told <> stored
           -- Only where no consumer has taken messages away.
           AND NOT EXISTS (SELECT FROM daily_totals)",
    ),
];

/// Fails with every violation, if there is one.
pub async fn assert_ledger_clean(pool: &PgPool) {
    let mut violations = Vec::new();
    for (invariant, statement) in INVARIANTS {
        let found: Vec<String> = sqlx::query_scalar(*statement)
            .fetch_all(pool)
            .await
            .unwrap_or_else(|error| panic!("{invariant}: {error}"));
        violations.extend(found.into_iter().take(5).map(|violation| format!("{invariant}: {violation}")));
    }
    assert!(violations.is_empty(), "the ledger is not clean:\n{}", violations.join("\n"));
}

#[cfg(test)]
mod tests {
    use perennial_testkit::TestDb;

    use super::*;

    /// A check that cannot fail proves nothing: one point too many is found.
    #[tokio::test]
    async fn one_point_too_many_is_found() {
        let db = TestDb::new().await;
        assert_ledger_clean(&db.pool).await;
        sqlx::raw_sql(
            "INSERT INTO balances (merchant_id, customer_id, available) VALUES (gen_random_uuid(), gen_random_uuid(), 1)",
        )
        .execute(&db.pool)
        .await
        .unwrap();
        let pool = db.pool.clone();
        let checked = tokio::spawn(async move { assert_ledger_clean(&pool).await }).await;
        let message = *checked.unwrap_err().into_panic().downcast::<String>().unwrap();
        assert!(message.contains("I2") && message.contains("I3"), "{message}");
    }
}
