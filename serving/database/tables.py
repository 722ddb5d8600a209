"""Every table of the operational database."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

LONGEST_ID = 64

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)

# Who may do what: keys of programs, sign-ins of people. A scope column that is null limits nothing.

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("created_at", DateTime, nullable=False),
    Column("revoked_at", DateTime),
    Column("expires_at", DateTime),
    Column("purpose", String(32)),
    Column("city", String(LONGEST_ID)),
    Column("store_id", String(LONGEST_ID)),
    Column("manager_id", String(LONGEST_ID)),
    Column("per_minute", Integer),
)

users = Table(
    "users",
    metadata,
    Column("id", String(LONGEST_ID), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_argon2", String(255)),
    Column("oidc_subject", String(255), unique=True),
    Column("city", String(LONGEST_ID)),
    Column("store_id", String(LONGEST_ID)),
    Column("manager_id", String(LONGEST_ID)),
    Column("created_at", DateTime, nullable=False),
    Column("disabled_at", DateTime),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("next_try_at", DateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("used_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Index(None, "user_id"),
)

# The audit: a chain of rows, each hash over its content and the hash before. It names persons by
# pseudonyms alone, computed with the person's key; once that is destroyed no customer is named.

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("request_id", String(32), nullable=False),
    Column("caller", String(LONGEST_ID)),
    Column("role", String(16)),
    Column("method", String(8), nullable=False),
    Column("route", String(128), nullable=False),
    Column("purpose", String(32)),
    Column("status", Integer, nullable=False),
    Column("code", String(64), nullable=False),
    Column("subjects", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "caller", "at"),
    Index(None, "at"),
)

audit_subjects = Table(
    "audit_subjects",
    metadata,
    Column("number", ForeignKey("audit.number"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("pseudonym", String(32), nullable=False),
    Index(None, "pseudonym"),
)

THE_HEAD = 1  # the id of its only row

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

person_keys = Table(
    "person_keys",
    metadata,
    Column("customer_id", String(LONGEST_ID), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Column("detail", Text, nullable=False),
)

# What is known of a person here and nowhere else.

phones = Table(
    "phones",
    metadata,
    Column("customer_id", String(LONGEST_ID), primary_key=True),
    Column("phone_hmac", String(64), nullable=False, unique=True),
    Column("phone_encrypted", LargeBinary, nullable=False),
    Column("key_number", Integer, nullable=False),
    Column("imported_at", DateTime, nullable=False),
)

objections = Table(
    "objections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("recorded_at", DateTime, nullable=False),
    Column("withdrawn_at", DateTime),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index(None, "customer_id"),
)

promises = Table(
    "promises",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("due_at", DateTime, nullable=False),
    Column("kept_at", DateTime),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index(None, "customer_id"),
)

# Who sees to a group of signs, everywhere or at one place, until when; a row a change.

sign_owners = Table(
    "sign_owners",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sign", String(32), nullable=False),
    Column("by", String(16)),
    Column("name", String(LONGEST_ID)),
    Column("owner", String(LONGEST_ID)),
    Column("due", Date),
    Column("note", Text, nullable=False),
    Column("set_at", DateTime, nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
)

# What happened at the counter: fresh facts, decisions, how they ended, who holds a customer.

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_key", String(128), nullable=False, unique=True),
    Column("feed", String(32), nullable=False),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("event_time", DateTime, nullable=False),
    Column("known_at", DateTime, nullable=False),
    Column("content", Text, nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index(None, "customer_id"),
    sqlite_autoincrement=True,  # a removed fact's number is never another's: see events.waiting
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("intent", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Column("role", String(16), nullable=False),
    Column("answered_by", String(16), nullable=False),
    Column("model_version", String(64)),
    Column("row_sha256", String(64)),
    Column("row_content", LargeBinary),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Index(None, "customer_id"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("idempotency_key", String(128), nullable=False, unique=True),
    Column("content_sha256", String(64), nullable=False),
    Column("decision_id", String(32)),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("intent", String(32)),
    Column("action", String(64)),
    Column("offer", String(64)),
    Column("cost_fen", BigInteger),
    Column("outcome", String(32), nullable=False),
    Column("reason", String(64)),
    Column("rival", String(64)),
    Column("confirmed", Boolean, nullable=False),
    Column("confirmation", String(128)),
    Column("caller", String(LONGEST_ID), nullable=False),
    Column("store_id", String(LONGEST_ID)),
    Column("campaign_id", String(32)),
    Column("arm", String(32)),
    Column("propensity", Float),
    Column("undoes", String(128), unique=True),
    Column("started_by", String(16)),
    Column("answers", String(128)),
    Column("known_at", DateTime),  # of one that a file reported; the others were known at once
    Column("contact_fen", BigInteger),  # what the contact cost, the offer apart
    Index(None, "customer_id", "at"),
    Index(None, "caller", "at"),
    Index(None, "at"),
    Index(None, "answers"),
    Index(None, "campaign_id"),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("campaign_id", String(32), nullable=False),
    Column("held_at", DateTime, nullable=False),
    Column("until", DateTime, nullable=False),
    Column("released_at", DateTime),
    Column("arm", String(32)),
    Column("propensity", Float),
    Index(
        "uq_holds_live",
        "customer_id",
        unique=True,
        sqlite_where=text("released_at is null"),
        postgresql_where=text("released_at is null"),
    ),
    Index(None, "campaign_id"),
)

# Campaigns: what was requested and what came of it, and each file that was written of one.

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("owner", String(LONGEST_ID), nullable=False),
    Column("requested_by", String(LONGEST_ID), nullable=False),
    Column("request", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("error", Text),
    Column("result", Text),
    Column("revoked_at", DateTime),
    Column("task_owner", String(LONGEST_ID)),
    Column("task_beat", DateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Index(None, "state"),
)

exports = Table(
    "exports",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.id"), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("requested_by", String(LONGEST_ID), nullable=False),
    Column("approved_by", String(LONGEST_ID)),
    Column("approved_at", DateTime),
    Column("recipient", String(LONGEST_ID), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("file", String(255), nullable=False),
    Column("phones", Boolean, nullable=False, server_default=false()),
    Column("state", String(16), nullable=False),
    Column("watermark_key", LargeBinary(32), nullable=False),
    Index(None, "campaign_id"),
)

# Who looked at what a campaign brought, and on which state of the data: each look counts once.

looks = Table(
    "looks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign_id", ForeignKey("campaigns.id"), nullable=False),
    Column("data_sha256", String(64), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index("uq_looks_campaign_id_data_sha256", "campaign_id", "data_sha256", unique=True),
)

# Settings that people change: what was proposed, by whom, and who accepted or declined it.

setting_changes = Table(
    "setting_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(32), nullable=False),
    Column("file", String(32), nullable=False),
    Column("edits", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("proposed_by", String(LONGEST_ID), nullable=False),
    Column("proposed_at", DateTime, nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("decided_by", String(LONGEST_ID)),
    Column("decided_at", DateTime),
    Column("note", Text),
    Index(None, "proposed_at"),
)

# Account managers: the archive and the targets, a row a change; tasks and what is noted of them.

managers = Table(
    "managers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("manager_id", String(LONGEST_ID), nullable=False),
    Column("name", String(LONGEST_ID), nullable=False),
    Column("city", String(LONGEST_ID)),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("note", Text, nullable=False),
    Column("changed_at", DateTime, nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index(None, "manager_id"),
)

targets = Table(
    "manager_targets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("manager_id", String(LONGEST_ID), nullable=False),
    Column("indicator", String(LONGEST_ID), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("target", Float, nullable=False),
    Column("set_at", DateTime, nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Index(None, "manager_id"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("manager_id", String(LONGEST_ID), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("customer_id", String(LONGEST_ID)),
    Column("group_id", String(LONGEST_ID)),
    Column("text", Text, nullable=False),
    Column("due", Date, nullable=False),
    Column("issuer", String(LONGEST_ID), nullable=False),
    Column("issued_at", DateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", DateTime),
    Column("ended_by", String(LONGEST_ID)),
    Column("outcome", String(32)),
    Column("grade", Integer),
    Column("reason", Text),
    Column("evaluated_at", DateTime),
    Column("batch_id", String(32)),
    Index(None, "manager_id", "due"),
    Index(None, "customer_id"),
    Index(None, "batch_id"),
)

task_notes = Table(
    "task_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False),
    Column("customer_id", String(LONGEST_ID)),
    Column("at", DateTime, nullable=False),
    Column("author", String(LONGEST_ID), nullable=False),
    Column("text", Text, nullable=False),
    Column("batch_id", String(32)),
    Column("once", String(32)),
    Index(None, "once", unique=True),
    Index(None, "task_id"),
    Index(None, "customer_id"),
    Index(None, "batch_id"),
)

# Tasks for many customers at once: what was done for whom, by which rules not, and what was undone.

task_batches = Table(
    "task_batches",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("action", String(16), nullable=False),
    Column("kind", String(32)),
    Column("text", Text, nullable=False),
    Column("due", Date),
    Column("search", Text, nullable=False),
    Column("issuer", String(LONGEST_ID), nullable=False),
    Column("caller", String(LONGEST_ID), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("count", Integer, nullable=False),
    Column("excluded", Text, nullable=False),
    Column("undone_at", DateTime),
    Column("undone", Integer),
    Index(None, "issuer", "at"),
)

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner", String(LONGEST_ID), nullable=False),
    Column("name", String(LONGEST_ID), nullable=False),
    Column("content", Text, nullable=False),
    Column("changed_at", DateTime, nullable=False),
    Index("uq_views_owner_name", "owner", "name", unique=True),
)

confirmations = Table(
    "potential_confirmations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("customer_id", String(LONGEST_ID), nullable=False),
    Column("manager_id", String(LONGEST_ID), nullable=False),
    Column("confirmed_at", DateTime, nullable=False),
    Column("until", Date, nullable=False),
    Index(None, "customer_id"),
)
