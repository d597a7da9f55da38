-- What the migrations make of a new SQLite file. `make schema` writes it.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE invite_code_use (
	code_key TEXT NOT NULL, 
	used_by TEXT NOT NULL, 
	used_at BIGINT NOT NULL, role TEXT, tags TEXT DEFAULT '[]' NOT NULL, revoked_at BIGINT, revoked_reason TEXT, 
	CONSTRAINT pk_invite_code_use PRIMARY KEY (code_key, used_by), 
	CONSTRAINT fk_invite_code_use_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_invite_code_use_code_key_used_at_used_by ON invite_code_use (code_key, used_at, used_by);

CREATE TABLE account (
	did TEXT NOT NULL, 
	handle TEXT NOT NULL, 
	email TEXT, 
	password_hash TEXT, 
	key_secret BLOB, 
	key_multibase TEXT, 
	created_at BIGINT NOT NULL, 
	invites_disabled BOOLEAN DEFAULT 0 NOT NULL, 
	invite_note TEXT, 
	taken_down_at BIGINT, 
	takedown_ref TEXT, 
	deactivated_at BIGINT, 
	deleted_at BIGINT, 
	CONSTRAINT pk_account PRIMARY KEY (did), 
	CONSTRAINT uq_account_handle UNIQUE (handle), 
	CONSTRAINT uq_account_email UNIQUE (email)
);

CREATE INDEX ix_account_created_at_did ON account (created_at, did);

CREATE TABLE session (
	jti TEXT NOT NULL, 
	family TEXT NOT NULL, 
	did TEXT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	next_jti TEXT, 
	CONSTRAINT pk_session PRIMARY KEY (jti), 
	CONSTRAINT fk_session_did FOREIGN KEY(did) REFERENCES account (did)
);

CREATE INDEX ix_session_family ON session (family);

CREATE INDEX ix_session_did_expires_at ON session (did, expires_at);

CREATE INDEX ix_account_gone ON account (did) WHERE taken_down_at IS NOT NULL OR deleted_at IS NOT NULL;

CREATE TABLE invite_code_tag (
	code_key TEXT NOT NULL, 
	tag TEXT NOT NULL, 
	CONSTRAINT pk_invite_code_tag PRIMARY KEY (code_key, tag), 
	CONSTRAINT fk_invite_code_tag_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_invite_code_tag_tag_code_key ON invite_code_tag (tag, code_key);

CREATE TABLE invite_code_word (
	code_key TEXT NOT NULL, 
	word TEXT NOT NULL, 
	CONSTRAINT pk_invite_code_word PRIMARY KEY (code_key, word), 
	CONSTRAINT fk_invite_code_word_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_invite_code_word_word_code_key ON invite_code_word (word, code_key);

CREATE TABLE operator_token (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT, 
	role TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	last_used_at BIGINT, 
	revoked_at BIGINT, 
	CONSTRAINT pk_operator_token PRIMARY KEY (id), 
	CONSTRAINT uq_operator_token_name_key UNIQUE (name_key), 
	CONSTRAINT uq_operator_token_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_operator_token_created_at_id ON operator_token (created_at, id);

CREATE TABLE audit_inbox (
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	role TEXT NOT NULL, 
	credentials TEXT NOT NULL, 
	address TEXT NOT NULL, 
	request TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	reason TEXT, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_audit_inbox PRIMARY KEY (id)
)
 WITHOUT ROWID;

CREATE TABLE audit_head (
	chain TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	seal TEXT NOT NULL, 
	proof TEXT NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (chain)
);

CREATE TABLE lease (
	name TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_lease PRIMARY KEY (name)
);

CREATE TABLE tally (
	hour BIGINT NOT NULL, 
	what TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_tally PRIMARY KEY (hour, what)
)
 WITHOUT ROWID;

CREATE TABLE tally_total (
	name TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_tally_total PRIMARY KEY (name)
)
 WITHOUT ROWID;

CREATE TABLE inviter_tally (
	did TEXT NOT NULL, 
	uses BIGINT NOT NULL, 
	CONSTRAINT pk_inviter_tally PRIMARY KEY (did)
)
 WITHOUT ROWID;

CREATE TABLE redemption (
	code_key TEXT NOT NULL, 
	id TEXT NOT NULL, 
	state TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	lease_expires_at BIGINT, 
	settled_at BIGINT, 
	used_by TEXT, 
	caller TEXT NOT NULL, 
	idempotency_key TEXT, 
	request TEXT NOT NULL, 
	email_domain TEXT, 
	CONSTRAINT pk_redemption PRIMARY KEY (code_key, id), 
	CONSTRAINT fk_redemption_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key), 
	CONSTRAINT uq_redemption_id UNIQUE (id), 
	CONSTRAINT uq_redemption_code_key_caller_idempotency_key UNIQUE (code_key, caller, idempotency_key)
)
 WITHOUT ROWID;

CREATE INDEX ix_redemption_code_key_lease_expires_at ON redemption (code_key, lease_expires_at) WHERE state = 'reserved';

CREATE INDEX ix_redemption_lease_expires_at ON redemption (lease_expires_at, code_key) WHERE state = 'reserved';

CREATE TABLE seen_jti (
	"key" TEXT NOT NULL, 
	body TEXT NOT NULL, 
	ends_at BIGINT NOT NULL, 
	CONSTRAINT pk_seen_jti PRIMARY KEY ("key")
)
 WITHOUT ROWID;

CREATE INDEX ix_seen_jti_ends_at ON seen_jti (ends_at);

CREATE INDEX ix_invite_code_use_used_by_used_at_code_key ON invite_code_use (used_by, used_at, code_key);

CREATE TABLE tree_batch (
	id TEXT NOT NULL, 
	did TEXT NOT NULL, 
	reason TEXT, 
	disabled_at BIGINT NOT NULL, 
	enabled_at BIGINT, 
	CONSTRAINT pk_tree_batch PRIMARY KEY (id)
)
 WITHOUT ROWID;

CREATE TABLE frozen_did (
	did TEXT NOT NULL, 
	batch_id TEXT NOT NULL, 
	CONSTRAINT pk_frozen_did PRIMARY KEY (did, batch_id), 
	CONSTRAINT fk_frozen_did_batch_id FOREIGN KEY(batch_id) REFERENCES tree_batch (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_frozen_did_batch_id_did ON frozen_did (batch_id, did);

CREATE TABLE frozen_code (
	code_key TEXT NOT NULL, 
	batch_id TEXT NOT NULL, 
	CONSTRAINT pk_frozen_code PRIMARY KEY (code_key, batch_id), 
	CONSTRAINT fk_frozen_code_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key), 
	CONSTRAINT fk_frozen_code_batch_id FOREIGN KEY(batch_id) REFERENCES tree_batch (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_frozen_code_batch_id_code_key ON frozen_code (batch_id, code_key);

CREATE TABLE invitee (
	email TEXT NOT NULL, 
	opted_out_at BIGINT, 
	CONSTRAINT pk_invitee PRIMARY KEY (email)
)
 WITHOUT ROWID;

CREATE TABLE invitation (
	id INTEGER NOT NULL, 
	code_key TEXT NOT NULL, 
	email TEXT NOT NULL, 
	name TEXT, 
	language TEXT, 
	invited_by TEXT NOT NULL, 
	credentials TEXT NOT NULL, 
	generated_at BIGINT NOT NULL, 
	delivery TEXT NOT NULL, 
	sent_at BIGINT, 
	last_sent_at BIGINT, 
	send_count BIGINT DEFAULT '0' NOT NULL, 
	failure TEXT, 
	CONSTRAINT pk_invitation PRIMARY KEY (id), 
	CONSTRAINT uq_invitation_code_key UNIQUE (code_key), 
	CONSTRAINT fk_invitation_code_key FOREIGN KEY(code_key) REFERENCES invite_code (code_key), 
	CONSTRAINT fk_invitation_email FOREIGN KEY(email) REFERENCES invitee (email)
);

CREATE INDEX ix_invitation_email ON invitation (email);

CREATE INDEX ix_invitation_invited_by_id ON invitation (invited_by, id);

CREATE INDEX ix_invitation_delivery_id ON invitation (delivery, id);

CREATE TABLE invitation_word (
	invitation_id BIGINT NOT NULL, 
	word TEXT NOT NULL, 
	CONSTRAINT pk_invitation_word PRIMARY KEY (invitation_id, word), 
	CONSTRAINT fk_invitation_word_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitation (id)
)
 WITHOUT ROWID;

CREATE INDEX ix_invitation_word_word_invitation_id ON invitation_word (word, invitation_id);

CREATE TABLE tag (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	type TEXT NOT NULL, 
	live_name TEXT, 
	description TEXT, 
	color TEXT, 
	visible BOOLEAN NOT NULL, 
	active BOOLEAN NOT NULL, 
	visibility_boost BOOLEAN NOT NULL, 
	created_at BIGINT NOT NULL, 
	deleted_at BIGINT, 
	CONSTRAINT pk_tag PRIMARY KEY (id), 
	CONSTRAINT uq_tag_type_live_name UNIQUE (type, live_name)
);

CREATE INDEX ix_tag_name_id ON tag (name, id);

CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind TEXT NOT NULL, 
	invitation_id BIGINT NOT NULL, 
	sender TEXT NOT NULL, 
	by_account BOOLEAN NOT NULL, 
	domain TEXT NOT NULL, 
	due_at BIGINT NOT NULL, 
	tries BIGINT DEFAULT '0' NOT NULL, 
	holder TEXT, 
	lease_until BIGINT, 
	ended_at BIGINT, 
	ending TEXT, 
	CONSTRAINT fk_outbox_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitation (id)
);

CREATE INDEX ix_outbox_due_at_id ON outbox (due_at, id) WHERE ended_at IS NULL;

CREATE INDEX ix_outbox_invitation_id ON outbox (invitation_id) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX uq_outbox_reminder ON outbox (invitation_id) WHERE kind = 'reminder';

CREATE TABLE mail_tally (
	name TEXT NOT NULL, 
	used BIGINT NOT NULL, 
	ends_at BIGINT NOT NULL, 
	CONSTRAINT pk_mail_tally PRIMARY KEY (name)
)
 WITHOUT ROWID;

CREATE INDEX ix_mail_tally_ends_at ON mail_tally (ends_at);

CREATE INDEX ix_redemption_settled_at ON redemption (settled_at) WHERE settled_at IS NOT NULL;

CREATE INDEX ix_outbox_ended_at ON outbox (ended_at) WHERE ended_at IS NOT NULL AND kind <> 'reminder';

CREATE TABLE tally_archived (
	hour BIGINT NOT NULL, 
	what TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_tally_archived PRIMARY KEY (hour, what)
)
 WITHOUT ROWID;

CREATE TABLE lane_commit (
	lane TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_lane_commit PRIMARY KEY (lane)
)
 WITHOUT ROWID;

CREATE TABLE schema_floor (
	revision TEXT NOT NULL, 
	CONSTRAINT pk_schema_floor PRIMARY KEY (revision)
)
 WITHOUT ROWID;

CREATE TABLE "invite_code" (
	code_key TEXT NOT NULL, 
	code TEXT NOT NULL, 
	available BIGINT NOT NULL, 
	use_count BIGINT DEFAULT '0' NOT NULL, 
	pending BIGINT DEFAULT '0' NOT NULL, 
	imported_uses BIGINT DEFAULT '0' NOT NULL, 
	disabled BOOLEAN DEFAULT 0 NOT NULL, 
	for_account TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_at BIGINT NOT NULL, not_before BIGINT, expires_at BIGINT, disabled_at BIGINT, disabled_reason TEXT, note TEXT, role TEXT, tags TEXT DEFAULT '[]' NOT NULL, email_domains TEXT DEFAULT '[]' NOT NULL, show_inviter BOOLEAN DEFAULT 0 NOT NULL, last_used_at BIGINT, email TEXT, creation TEXT, 
	CONSTRAINT pk_invite_code PRIMARY KEY (code_key), 
	CONSTRAINT ck_invite_code_ck_invite_code_never_over_spent CHECK (use_count + pending <= available OR (pending = 0 AND use_count <= imported_uses)), 
	CONSTRAINT ck_invite_code_ck_invite_code_counts_are_counts CHECK (use_count >= 0 AND pending >= 0)
);

CREATE INDEX ix_invite_code_created_at_code ON invite_code (created_at, code);

CREATE INDEX ix_invite_code_for_account_created_at_code ON invite_code (for_account, created_at, code);

CREATE INDEX ix_invite_code_created_by_created_at_code ON invite_code (created_by, created_at, code);

CREATE INDEX ix_invite_code_disabled ON invite_code (created_at, code) WHERE disabled = 1;

CREATE INDEX ix_invite_code_open ON invite_code (created_at, code) WHERE disabled = 0 AND available > use_count + pending;

CREATE INDEX ix_invite_code_exhausted ON invite_code (created_at, code) WHERE available <= use_count + pending;

CREATE INDEX ix_invite_code_expires_at ON invite_code (expires_at, code) WHERE expires_at IS NOT NULL;

CREATE INDEX ix_invite_code_not_before ON invite_code (not_before) WHERE not_before IS NOT NULL;

CREATE INDEX ix_invite_code_use_count_created_at_code ON invite_code (use_count, created_at, code);

CREATE TABLE "audit_entry" (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	role TEXT NOT NULL, 
	credentials TEXT NOT NULL, 
	address TEXT NOT NULL, 
	request TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	reason TEXT, 
	detail TEXT NOT NULL, 
	seal TEXT NOT NULL, 
	CONSTRAINT pk_audit_entry PRIMARY KEY (seq), 
	CONSTRAINT uq_audit_entry_id UNIQUE (id)
);

CREATE INDEX ix_audit_entry_actor_id ON audit_entry (actor, id);

CREATE INDEX ix_audit_entry_action_id ON audit_entry (action, id);

CREATE INDEX ix_audit_entry_subject_id ON audit_entry (subject, id);

INSERT INTO alembic_version VALUES ('0014');

INSERT INTO schema_floor VALUES ('0011');

