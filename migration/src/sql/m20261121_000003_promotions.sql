-- Promotions: a row that carries the life cycle, versions that never change once published, and the
-- rule sets that purchases were evaluated by.

CREATE TABLE promotions (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    pauses      jsonb       NOT NULL DEFAULT '[]',
    ended_at    timestamptz,
    archived_at timestamptz,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
COMMENT ON COLUMN promotions.name IS 'Name of the newest version, for lists and search.';
COMMENT ON COLUMN promotions.pauses IS 'Intervals [{"from": instant, "to": instant or null}]; a purchase inside one does not earn.';

CREATE TABLE promotion_versions (
    merchant_id    uuid        NOT NULL,
    promotion_id   uuid        NOT NULL,
    version        integer     NOT NULL,
    terms          jsonb       NOT NULL,
    effective_from timestamptz,
    published_at   timestamptz,
    created_at     timestamptz NOT NULL,
    created_by     text        NOT NULL,
    PRIMARY KEY (merchant_id, promotion_id, version),
    CONSTRAINT promotion_versions_promotion_fkey FOREIGN KEY (merchant_id, promotion_id) REFERENCES promotions (merchant_id, id),
    CONSTRAINT promotion_versions_version_check CHECK (version >= 1)
);
COMMENT ON COLUMN promotion_versions.published_at IS 'NULL: a draft, which may still change. Set: immutable.';
COMMENT ON COLUMN promotion_versions.effective_from IS 'NULL on version 1: in force for any occurred_at.';
-- At most one draft a promotion.
CREATE UNIQUE INDEX promotion_versions_draft_key ON promotion_versions (merchant_id, promotion_id) WHERE published_at IS NULL;

CREATE TABLE rule_sets (
    merchant_id uuid        NOT NULL REFERENCES merchants (id),
    version     bigint      NOT NULL,
    rules       jsonb       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, version)
);
COMMENT ON TABLE rule_sets IS 'What a purchase was evaluated by: rounding and every published promotion. Never changed, so that any purchase can be evaluated again.';
