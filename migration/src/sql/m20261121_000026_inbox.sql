-- What other systems tell has happened, until it has had its effect.

CREATE TABLE inbox (
    merchant_id uuid             NOT NULL,
    source      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    key         uuid             NOT NULL,
    type        text             NOT NULL,
    occurred_at timestamptz,
    received_at timestamptz      NOT NULL,
    sender      jsonb            NOT NULL,
    hash        bytea            NOT NULL,
    data        json,
    state       text             NOT NULL DEFAULT 'received',
    outcome     jsonb,
    problem     jsonb,
    changed_at  timestamptz      NOT NULL,
    PRIMARY KEY (merchant_id, source, id),
    CONSTRAINT inbox_key_key UNIQUE (merchant_id, key),
    CONSTRAINT inbox_state_check CHECK (state IN ('received', 'done', 'refused', 'discarded')),
    CONSTRAINT inbox_outcome_check CHECK ((state = 'done') = (outcome IS NOT NULL)),
    CONSTRAINT inbox_problem_check CHECK (state NOT IN ('refused', 'discarded') OR problem IS NOT NULL),
    CONSTRAINT inbox_data_check CHECK (state <> 'received' OR data IS NOT NULL)
);
COMMENT ON TABLE inbox IS 'Events from elsewhere; each is written before it is acknowledged and kept 30 days. What it caused has keys of its own, kept for ever.';
COMMENT ON COLUMN inbox.key IS 'UUIDv7, given when it was received: the order of the list, and what its message in the queue names.';
COMMENT ON COLUMN inbox.occurred_at IS 'The time of its envelope, when it has one.';
COMMENT ON COLUMN inbox.received_at IS 'The durable receipt, from which lateness counts.';
COMMENT ON COLUMN inbox.sender IS 'In whose name it has its effect: an API key as it was then, or the bus.';
COMMENT ON COLUMN inbox.hash IS 'SHA-256 of type and data, to tell a repeated event from another one under the same name.';
COMMENT ON COLUMN inbox.data IS 'As it was sent; taken away as soon as it has had its effect or was discarded, because it may name people.';
COMMENT ON COLUMN inbox.outcome IS 'What it caused: ids.';
COMMENT ON COLUMN inbox.problem IS 'Why it was refused, for programs and people.';
CREATE INDEX inbox_waiting_idx ON inbox (merchant_id, key) WHERE state = 'received';
CREATE INDEX inbox_refused_idx ON inbox (merchant_id, key) WHERE state = 'refused';
CREATE INDEX inbox_received_at_idx ON inbox (received_at);
