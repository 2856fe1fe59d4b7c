-- Leaderboards: who has earned most this week, this month and ever.

-- One row for each merchant that has one. Whoever counts, hides a customer or lets a period end holds the row's lock, so
-- that scores and the tree below them change together.
CREATE TABLE leaderboards (
    merchant_id uuid        PRIMARY KEY,
    opened_at   timestamptz NOT NULL,
    seen_at     timestamptz,
    swept_at    timestamptz,
    kept_week   date        NOT NULL,
    kept_month  date        NOT NULL
);
COMMENT ON COLUMN leaderboards.opened_at IS 'By the clock of the server: when it was opened, and everything before was counted.';
COMMENT ON COLUMN leaderboards.seen_at IS 'By the clock of the database: when a job first saw that. Transactions that are older may not know that they have to tell.';
COMMENT ON COLUMN leaderboards.swept_at IS 'When the last of these had ended and what they had written was counted.';
COMMENT ON COLUMN leaderboards.kept_week IS 'The first week of which scores are kept, by its Monday: the one before the running one.';
COMMENT ON COLUMN leaderboards.kept_month IS 'The first month of which scores are kept, by its first day.';

-- What a purchase counts, less what was returned of it: one row for each, so that a message that comes again, late or in
-- another order, changes nothing.
CREATE TABLE leaderboard_counted (
    merchant_id uuid   NOT NULL,
    purchase_id uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    day         date   NOT NULL,
    points      bigint NOT NULL,
    PRIMARY KEY (merchant_id, purchase_id),
    CONSTRAINT leaderboard_counted_points_check CHECK (points >= 0)
);
COMMENT ON COLUMN leaderboard_counted.day IS 'The merchant''s local day on which it happened.';

-- The sum of that by customer and period.
CREATE TABLE leaderboard_scores (
    merchant_id uuid    NOT NULL,
    customer_id uuid    NOT NULL,
    period      text    NOT NULL,
    starts_on   date    NOT NULL,
    score       bigint  NOT NULL,
    is_hidden   boolean NOT NULL,
    PRIMARY KEY (merchant_id, customer_id, period, starts_on),
    CONSTRAINT leaderboard_scores_period_check CHECK (period IN ('week', 'month', 'ever')),
    CONSTRAINT leaderboard_scores_score_check CHECK (score >= 0)
);
COMMENT ON COLUMN leaderboard_scores.starts_on IS 'A Monday, the first of a month, or 0001-01-01.';
COMMENT ON COLUMN leaderboard_scores.is_hidden IS 'Whether the customer is among those who do not want to be seen.';
CREATE INDEX leaderboard_scores_standing_idx
    ON leaderboard_scores (merchant_id, period, starts_on, score DESC, customer_id) WHERE NOT is_hidden AND score > 0;
CREATE INDEX leaderboard_scores_starts_on_idx ON leaderboard_scores (merchant_id, starts_on) WHERE period <> 'ever';

-- How many customers who can be seen have a score, by the score (level 0), by it without its last 8 bits (level 1), and
-- so on: a tree of which each node has at most 256 children. Whoever has more than a score is found by the sums of the
-- greater siblings on the way up: at most 7 × 255 rows, however many customers there are.
CREATE TABLE leaderboard_nodes (
    merchant_id uuid     NOT NULL,
    period      text     NOT NULL,
    starts_on   date     NOT NULL,
    level       smallint NOT NULL,
    key         bigint   NOT NULL,
    customers   bigint   NOT NULL,
    PRIMARY KEY (merchant_id, period, starts_on, level, key) INCLUDE (customers),
    CONSTRAINT leaderboard_nodes_level_check CHECK (level BETWEEN 0 AND 6),
    CONSTRAINT leaderboard_nodes_customers_check CHECK (customers >= 0)
);

-- Customers who do not want to be seen. Their points count for themselves only.
CREATE TABLE leaderboard_hidden (
    merchant_id uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    hidden_at   timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, customer_id)
);
